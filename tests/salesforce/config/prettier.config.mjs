import { createRequire } from 'node:module';

/** The native parser needs no JVM; where there is no build of it, the same parser runs on Java. */
const parser = (() => {
    try {
        const builds = { linux: 'linux', darwin: 'darwin', win32: 'win32' };
        const name = `@prettier-apex/apex-ast-serializer-${builds[process.platform]}-${process.arch}`;
        createRequire(import.meta.resolve('prettier-plugin-apex')).resolve(`${name}/package.json`);
        return 'native';
    } catch {
        return 'none';
    }
})();

/**
 * The layout of force-app, as Salesforce's own repositories have it.
 *
 * @type {import('prettier').Config}
 */
export default {
    printWidth: 120,
    tabWidth: 4,
    singleQuote: true,
    trailingComma: 'none',
    plugins: ['prettier-plugin-apex', '@prettier/plugin-xml'],
    overrides: [
        { files: '*.{cls,trigger,apex}', options: { parser: 'apex', apexStandaloneParser: parser } },
        { files: '*.html', options: { parser: 'lwc' } },
        {
            files: '*.xml',
            // `strict` keeps the text of an element as it is: spaces in a label or a formula count. It would break
            // a tag to keep a long text within the width, hence no width.
            options: {
                parser: 'xml',
                xmlWhitespaceSensitivity: 'strict',
                xmlSelfClosingSpace: false,
                printWidth: 100000
            }
        }
    ]
};
