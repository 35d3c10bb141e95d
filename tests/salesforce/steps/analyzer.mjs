/**
 * Runs Salesforce's code analyzer without its command line: PMD, the search for copies, the Graph Engine.
 * Prints the violations as JSON. Arguments: the folder to judge, then a heap size for the Graph Engine.
 */
import { createRequire } from 'node:module';
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { SELECTORS } from './analyzer-rules.mjs';

const require = createRequire(import.meta.url);
const { CodeAnalyzer, CodeAnalyzerConfig } = require('@salesforce/code-analyzer-core');

const [folder] = process.argv.slice(2);
const analyzer = new CodeAnalyzer(
    CodeAnalyzerConfig.fromObject({
        config_root: folder,
        log_folder: folder,
        // Suppressions are PMD's own annotations only; a rule of ours asks each for its reason.
        suppressions: { disable_suppressions: true },
        engines: {
            pmd: { rule_languages: ['apex'] },
            cpd: {
                rule_languages: ['apex', 'javascript'],
                minimum_tokens: { apex: 100, javascript: 100 },
                skip_duplicate_files: false
            },
            // It follows every path from every entry point; what takes it longer than this is told as not judged.
            sfge: { java_max_heap_size: '2g', java_thread_count: 2, java_thread_timeout: 30000 }
        }
    })
);
for (const engine of ['pmd', 'sfge']) {
    await analyzer.addEnginePlugin(require(`@salesforce/code-analyzer-${engine}-engine`).createEnginePlugin());
}
const workspace = await analyzer.createWorkspace([`${folder}/force-app`]);
const rules = await analyzer.selectRules(SELECTORS, { workspace });
const results = await analyzer.run(rules, { workspace });
const violations = results.getViolations().map((violation) => ({
    engine: violation.getRule().getEngineName(),
    rule: violation.getRule().getName(),
    message: violation.getMessage(),
    places: violation.getCodeLocations().map((place) => ({
        file: place.getFile() ? relative(folder, place.getFile()) : '',
        line: place.getStartLine() ?? 0
    }))
}));
process.stdout.write(
    JSON.stringify({
        rules: rules
            .getEngineNames()
            .flatMap((engine) => rules.getRulesFor(engine).map((rule) => `${engine}:${rule.getName()}`)),
        violations,
        ...graph()
    })
);

/**
 * Which entry points the Graph Engine took up, and on which it gave up: it says so in its log alone.
 *
 * @returns {{ entryPoints: number, givenUp: string[] }}
 */
function graph() {
    const log = readdirSync(folder).find((name) => name.startsWith('sfca-sfge'));
    const lines = log ? readFileSync(join(folder, log), 'utf8').split('\n') : [];
    const names = lines
        .filter((line) => /(Internal|Timeout) Error executing rule/.test(line))
        .map((line) => `${/ DefiningType=(\w+)/.exec(line)?.[1]}.${/ Name=(\w+)/.exec(line)?.[1]}`);
    return {
        entryPoints: lines.filter((line) => / Finished\. method=/.test(line)).length,
        givenUp: [...new Set(names)].sort()
    };
}
