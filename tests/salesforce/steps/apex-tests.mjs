/** Counts the Apex tests. There is no Apex runtime outside an org: they are type-checked, and nobody ran them. */
import { all, annotations, below, child, kind } from '../tree/apex.mjs';

/**
 * @param {import('../tree/names.mjs').World} world
 * @returns {{ classes: number, methods: number }}
 */
export function count({ apex }) {
    const tests = apex.filter(({ isTest }) => isTest);
    const methods = tests.flatMap(({ node }) =>
        all(node, 'ClassBodyDeclaration').filter((holder) => {
            const member = below(child(holder, 'MemberDeclaration'))[0];
            return member && kind(member) === 'MethodDeclaration' && annotations(holder).has('istest');
        })
    );
    return { classes: tests.length, methods: methods.length };
}
