/**
 * Fields that tell of a person say so, where Salesforce's privacy tools look.
 */
export const name = 'personal data';

const PEOPLE = ['User', 'Contact', 'Lead', 'Individual'];
const KINDS = ['Email', 'Phone'];

/** Fields that tell of a person without pointing to one. */
const TELLING = new Set([
    'Chime_Dead_Letter__c.Detail__c',
    'Chime_Meeting_Log__c.Text__c',
    'Chime_Meeting__c.Subject__c',
    'Chime_Participant_Session__c.Joined_At__c',
    'Chime_Participant_Session__c.Left_At__c',
    'Chime_Participant__c.Consent_At__c',
    'Chime_Participant__c.Consent__c',
    'Chime_Participant__c.Display_Name__c',
    'Chime_Participant__c.First_Joined_At__c',
    'Chime_Participant__c.Last_Left_At__c'
]);

/**
 * @param {import('../tree/names.mjs').World} world
 * @returns {import('../tree/source.mjs').Finding[]}
 */
export function check({ objects }) {
    return objects
        .ourFields()
        .filter(({ object }) => object.endsWith('__c'))
        .filter(({ object, field }) => {
            const points = PEOPLE.includes(field.lookup) || KINDS.includes(field.xml.type);
            return points || TELLING.has(`${object}.${field.name}`);
        })
        .flatMap(({ field }) =>
            ['securityClassification', 'complianceGroup']
                .filter((mark) => !field.xml[mark])
                .map((mark) => ({ file: field.path, message: `tells of a person and has no ${mark}` }))
        );
}
