// @ts-check
/**
 * ESLint over the room, the console and the browser tests; a warning is a fault. A linter that looks past a file, or
 * whose rules fell away, would find everything right: so it is also given snippets with known faults, one for each
 * kind of file, and has to name just those.
 */
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');

/** @type {{as: string, text: string, rules: string[]}[]} */
const SEEDED = [
    {
        as: 'room/src/core/seeded.js',
        text: 'var a = 1;\nlet b = a;\nconst unused = b == 2;\nconsole.log(nowhere, process);\n',
        rules: ['eqeqeq', 'no-console', 'no-undef', 'no-undef', 'no-unused-vars', 'no-var', 'prefer-const']
    },
    {
        as: 'room/src/modules/room/seeded/seeded.js',
        text: [
            "import { LightningElement, api } from 'lwc';",
            'export default class Seeded extends LightningElement {',
            '    @api Name;',
            '    renderedCallback() {',
            "        document.querySelector('main').innerHTML = this.Name;",
            '    }',
            '}\n'
        ].join('\n'),
        rules: ['@lwc/lwc/no-document-query', '@lwc/lwc/no-inner-html', '@lwc/lwc/no-leading-uppercase-api-name']
    },
    {
        as: 'crates/emulator/console/src/modules/console/seeded/seeded.js',
        text: "import { LightningElement, track } from 'lwc';\nexport default class Wrong extends LightningElement {\n    @track() rows;\n}\n",
        rules: ['@lwc/lwc/consistent-component-name', '@lwc/lwc/valid-track']
    },
    { as: 'room/build/seeded.js', text: 'document.title = process.title;\n', rules: ['no-undef'] },
    {
        as: 'tests/browser/seeded.mjs',
        text: 'const unused = document.title + process.title;\n',
        rules: ['no-unused-vars']
    }
];

/**
 * @param {string[]} files from the repository's root
 * @returns {Promise<string[]>} what is wrong, a line each
 */
export async function lint(files) {
    const eslint = new ESLint({ cwd: root, overrideConfigFile: join(here, 'eslint.config.mjs') });
    const results = await eslint.lintFiles(files);
    const wrong = results.flatMap(({ filePath, messages }) =>
        messages.map(({ line, message, ruleId }) => `${relative(root, filePath)}:${line} ${message} (${ruleId})`)
    );
    for (const { as, text, rules } of SEEDED) {
        const [{ messages }] = await eslint.lintText(text, { filePath: join(root, as) });
        const seen = messages.map(({ ruleId }) => String(ruleId)).sort();
        if (seen.join() !== rules.join()) {
            wrong.push(
                `${as}, a file with known faults: ${rules.join(', ')} were to be seen, but ${seen.join(', ')} were`
            );
        }
    }
    return wrong;
}
