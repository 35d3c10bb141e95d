/**
 * The layout of our own JavaScript: as force-app has it.
 *
 * The options are Prettier's own.
 */
export default {
    printWidth: 120,
    tabWidth: 4,
    singleQuote: true,
    trailingComma: 'none',
    // By the name alone: the files lie outside of this folder, where a pattern with folders never matches.
    overrides: [{ files: '*.html', excludeFiles: 'index.html', options: { parser: 'lwc' } }]
};
