/**
 * Objects and their fields: ours as the source has them, Salesforce's as far as we name them. Names are compared
 * without regard to case, as Salesforce does.
 */
import { basename } from 'node:path';
import { CUSTOM, EVENT, EVERY_LOOKUP, SETTING, SHARE, STANDARD } from './standard.mjs';
import { mayName } from './source.mjs';

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} [path] the file; Salesforce's own fields have none
 * @property {any} [xml]
 * @property {string} [lookup] object that it points to
 * @property {string} [relationship] name by which a path of fields goes on
 */

/**
 * @typedef {object} Thing
 * @property {string} name
 * @property {string} [path] the object's own file
 * @property {any} [xml]
 * @property {Map<string, Field>} fields by lower-case name
 * @property {Map<string, string>} lookups relationship name in lower case to object
 * @property {Map<string, { object: string, path?: string }>} children list's name in lower case to object
 */

export class Objects {
    /** @param {import('./source.mjs').Source} source */
    constructor(source) {
        /** @type {Map<string, Thing>} */
        this.things = new Map();
        for (const [name, { fields, lookups = {}, children = {} }] of Object.entries(STANDARD)) {
            const thing = this.#thing(name, fields, { ...EVERY_LOOKUP, ...lookups });
            for (const [list, object] of Object.entries(children)) {
                thing.children.set(list.toLowerCase(), { object });
            }
        }
        this.#ours(source);
        this.#fields(source);
    }

    /**
     * @param {string} name
     * @param {string} fields words
     * @param {Record<string, string>} lookups
     * @returns {Thing}
     */
    #thing(name, fields, lookups) {
        const thing = {
            name,
            fields: new Map(fields.split(' ').map((field) => [field.toLowerCase(), { name: field }])),
            lookups: new Map(Object.entries(lookups).map(([key, value]) => [key.toLowerCase(), value])),
            children: new Map()
        };
        this.things.set(name.toLowerCase(), thing);
        return thing;
    }

    /** @param {import('./source.mjs').Source} source */
    #ours(source) {
        for (const { path, name, xml } of source.members('object')) {
            if (name.endsWith('__e')) {
                Object.assign(this.#thing(name, EVENT, { CreatedBy: 'User' }), { path, xml });
            } else if (name.endsWith('__mdt')) {
                Object.assign(this.#thing(name, SETTING, {}), { path, xml });
            } else if (name.endsWith('__c')) {
                const owned = xml.sharingModel !== 'ControlledByParent';
                const thing = this.#thing(name, owned ? `${CUSTOM} OwnerId` : CUSTOM, {
                    ...EVERY_LOOKUP,
                    ...(owned ? { Owner: 'User' } : {})
                });
                Object.assign(thing, { path, xml });
                if (owned) {
                    const share = this.#thing(name.replace(/__c$/, '__Share'), SHARE, {
                        Parent: name,
                        UserOrGroup: 'User'
                    });
                    Object.assign(share, { path });
                }
            }
        }
    }

    /** @param {import('./source.mjs').Source} source */
    #fields(source) {
        for (const { path, name, xml } of source.members('field')) {
            const object = path.split('/objects/')[1].split('/')[0];
            const thing = this.things.get(object.toLowerCase());
            if (!thing) {
                continue; // the rule on names says so
            }
            const lookup = ['Lookup', 'MasterDetail', 'MetadataRelationship'].includes(xml.type)
                ? xml.referenceTo
                : undefined;
            const relationship = lookup && name.replace(/__c$/, '__r');
            thing.fields.set(name.toLowerCase(), { name, path, xml, lookup, relationship });
            if (lookup) {
                thing.lookups.set(relationship.toLowerCase(), lookup);
                const parent = this.things.get(lookup.toLowerCase());
                if (parent && xml.relationshipName) {
                    parent.children.set(`${xml.relationshipName}__r`.toLowerCase(), { object, path });
                }
            }
        }
    }

    /**
     * An object by its name, if a file may name it.
     *
     * @param {string} name
     * @param {string} from the file that names it
     * @returns {Thing | undefined}
     */
    find(name, from) {
        const thing = this.things.get(String(name).toLowerCase());
        return thing && (!thing.path || mayName(from, thing.path)) ? thing : undefined;
    }

    /**
     * Says what is wrong with a path of fields such as `Meeting__r.Account__r.Name`; nothing, if it is right.
     *
     * @param {string} object
     * @param {string} path
     * @param {string} from the file that names it
     * @returns {string | undefined}
     */
    fault(object, path, from) {
        let thing = this.find(object, from);
        if (!thing) {
            return `no object ${object}`;
        }
        const steps = path.split('.');
        const last = steps.pop();
        for (const step of steps) {
            const field = [...thing.fields.values()].find(
                (each) => each.relationship?.toLowerCase() === step.toLowerCase()
            );
            const target = thing.lookups.get(step.toLowerCase());
            if (!target || (field?.path && !mayName(from, field.path))) {
                return `${thing.name} has no relationship ${step}`;
            }
            const next = this.find(target, from);
            if (!next) {
                return `no object ${target}`;
            }
            thing = next;
        }
        return this.field(thing.name, last, from) ? undefined : `${thing.name} has no field ${last}`;
    }

    /**
     * @param {string} object
     * @param {string} name
     * @param {string} from the file that names it
     * @returns {Field | undefined}
     */
    field(object, name, from) {
        const field = this.find(object, from)?.fields.get(String(name).toLowerCase());
        return field && (!field.path || mayName(from, field.path)) ? field : undefined;
    }

    /** @returns {{ object: string, field: Field }[]} our own fields */
    ourFields() {
        return [...this.things.values()].flatMap((thing) =>
            [...thing.fields.values()].filter((field) => field.path).map((field) => ({ object: thing.name, field }))
        );
    }
}

/**
 * @param {string} path of something below `objects/<object>/`
 * @returns {string} the object's name
 */
export function objectOf(path) {
    return path.includes('/objects/') ? path.split('/objects/')[1].split('/')[0] : basename(path).split('.')[0];
}
