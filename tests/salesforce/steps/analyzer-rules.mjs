/**
 * The rules of PMD, of the search for copies and of the Graph Engine that force-app keeps, all of them without a
 * finding. Left out are rules of taste that contradict ours (boolean parameters, number of fields of a data class), those that say the same as
 * another (three counts of complexity: the cognitive one stays), the limit of four parameters (ours is five, see
 * `rules/apex-shape.mjs`)
 * and `ApexUnitTestClassShouldHaveRunAs`, which asks every test of pure code for a user.
 */
const PMD = [
    // Security
    'ApexBadCrypto',
    'ApexCRUDViolation',
    'ApexCSRF',
    'ApexDangerousMethods',
    'ApexInsecureEndpoint',
    'ApexOpenRedirect',
    'ApexSharingViolations',
    'ApexSOQLInjection',
    'ApexSuggestUsingNamedCred',
    'ApexXSSFromEscapeFalse',
    'ApexXSSFromURLParam',
    // AppExchange: what the security review stops on
    'AvoidChangeProtectionUnprotected',
    'AvoidGetInstanceWithTaint',
    'AvoidGlobalInstallUninstallHandlers',
    'AvoidHardcodedCredentialsInFieldDecls',
    'AvoidHardcodedCredentialsInHttpHeader',
    'AvoidHardcodedCredentialsInSetPassword',
    'AvoidHardcodedCredentialsInVarAssign',
    'AvoidHardcodedCredentialsInVarDecls',
    'AvoidInvalidCrudContentDistribution',
    'AvoidSecurityEnforcedOldApiVersion',
    'AvoidUnauthorizedApiSessionIdInApex',
    'AvoidUnauthorizedGetSessionIdInApex',
    'AvoidUnsafePasswordManagementUse',
    // Error-prone
    'AvoidDirectAccessTriggerMap',
    'AvoidHardcodingId',
    'AvoidInterfaceAsMapKey',
    'AvoidNonExistentAnnotations',
    'AvoidStatefulDatabaseResult',
    'EmptyCatchBlock',
    'EmptyIfStmt',
    'EmptyStatementBlock',
    'EmptyTryOrFinallyBlock',
    'EmptyWhileStmt',
    'InaccessibleAuraEnabledGetter',
    'InvocableClassNoArgConstructor',
    'MethodWithSameNameAsEnclosingClass',
    'OverrideBothEqualsAndHashcode',
    'TestMethodsMustBeInTestClasses',
    'TypeShadowsBuiltInNamespace',
    // Performance
    'AvoidDebugStatements',
    'AvoidNonRestrictiveQueries',
    'EagerlyLoadedDescribeSObjectResult',
    'OperationWithHighCostInLoop',
    'OperationWithLimitsInLoop',
    // Practice
    'ApexAssertionsShouldIncludeMessage',
    'ApexUnitTestClassShouldHaveAsserts',
    'ApexUnitTestMethodShouldHaveIsTestAnnotation',
    'ApexUnitTestShouldNotUseSeeAllDataTrue',
    'AvoidFutureAnnotation',
    'AvoidGlobalModifier',
    'AvoidLogicInTrigger',
    // Documentation
    'ApexDoc',
    // Size and shape
    'AvoidDeeplyNestedIfStmts',
    'CognitiveComplexity',
    'NcssCount',
    // Unused
    'UnusedLocalVariable',
    'UnusedMethod',
    // Names and braces
    'ClassNamingConventions',
    'FieldNamingConventions',
    'ForLoopsMustUseBraces',
    'FormalParameterNamingConventions',
    'IfElseStmtsMustUseBraces',
    'IfStmtsMustUseBraces',
    'LocalVariableNamingConventions',
    'MethodNamingConventions',
    'OneDeclarationPerLine',
    'PropertyNamingConventions',
    'WhileLoopsMustUseBraces'
];

/** Without `MissingNullCheckOnSoqlVariable`: it fails on a private constant in a query, and takes the entry point's other rules along. */
const SFGE = [
    'ApexFlsViolation',
    'ApexNullPointerException',
    'AvoidDatabaseOperationInLoop',
    'AvoidMultipleMassSchemaLookups',
    'DatabaseOperationsMustUseWithSharing'
];

export const SELECTORS = [
    ...PMD.map((rule) => `pmd:${rule}`),
    'cpd:DetectCopyPasteForApex',
    'cpd:DetectCopyPasteForJavascript',
    ...SFGE.map((rule) => `sfge:${rule}`)
];
