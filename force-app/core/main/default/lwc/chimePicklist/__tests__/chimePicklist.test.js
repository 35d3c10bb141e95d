import { readFileSync } from 'node:fs';
import path from 'node:path';
import { picklistText } from 'c/chimePicklist';

const OBJECTS = path.join(__dirname, '../../../objects');
const FIELDS = [
    ['meeting', 'Chime_Meeting__c', 'Status__c'],
    ['recordingState', 'Chime_Meeting__c', 'Recording_State__c'],
    ['policy', 'Chime_Meeting__c', 'Consent_Policy__c'],
    ['consent', 'Chime_Participant__c', 'Consent__c'],
    ['role', 'Chime_Participant__c', 'Role__c'],
    ['seat', 'Chime_Participant__c', 'Status__c'],
    ['recording', 'Chime_Recording__c', 'Status__c'],
    ['bridge', 'Chime_Bridge_Health__c', 'State__c'],
    ['letter', 'Chime_Dead_Letter__c', 'State__c']
];

function valuesOf(object, field) {
    const text = readFileSync(path.join(OBJECTS, object, 'fields', `${field}.field-meta.xml`), 'utf8');
    return [...text.matchAll(/<value>\s*<fullName>([^<]*)<\/fullName>/g)].map(([, value]) => value);
}

describe('chimePicklist', () => {
    it.each(FIELDS)('has a word for each value of %s', (list, object, field) => {
        const values = valuesOf(object, field);
        expect(values.length).toBeGreaterThan(1);
        values.forEach((value) => expect(picklistText(list, value)).toMatch(/^c\.Chime_/));
    });

    it('leaves a value of a newer version as it is, and none empty', () => {
        expect(picklistText('meeting', 'Postponed')).toBe('Postponed');
        expect(picklistText('meeting', null)).toBe('');
        expect(picklistText('person', undefined)).toBe('');
    });
});
