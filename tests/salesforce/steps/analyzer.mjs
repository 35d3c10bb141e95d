/**
 * Runs Salesforce's code analyzer without its command line: PMD, the search for copies, the Graph Engine.
 * Prints the violations as JSON. Arguments: the folder to judge, then a heap size for the Graph Engine.
 */
import { createRequire } from 'node:module';
import { relative } from 'node:path';
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
            // Time enough for one entry point on a busy machine; a timeout would be a finding.
            sfge: { java_max_heap_size: '2g', java_thread_count: 2, java_thread_timeout: 600000, disable_limit_reached_violations: false }
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
    JSON.stringify({ rules: rules.getEngineNames().flatMap((name) => rules.getRulesFor(name)).length, violations })
);
