/**
 * The part of Salesforce's own objects that this package names. A field that is missing here is reported as unknown:
 * look it up in the object reference, then add it.
 */

/** Fields that every record has. */
const EVERY = 'Id Name CreatedDate CreatedById LastModifiedDate LastModifiedById SystemModstamp IsDeleted';

/** What every custom object has besides: `OwnerId` only where a record has an owner of its own. */
export const CUSTOM = `${EVERY} CurrencyIsoCode LastActivityDate LastViewedDate LastReferencedDate`;

/** Fields of every platform event. */
export const EVENT = 'ReplayId EventUuid CreatedDate CreatedById';

/** Fields of every record of a custom metadata type. */
export const SETTING =
    'Id DeveloperName MasterLabel QualifiedApiName NamespacePrefix Label Language SystemModstamp CreatedById LastModifiedById IsProtected';

/** Fields of the share of an object. */
export const SHARE = 'Id ParentId UserOrGroupId AccessLevel RowCause LastModifiedDate LastModifiedById IsDeleted';

/** Lookups that every record has: relationship name to object. */
export const EVERY_LOOKUP = { CreatedBy: 'User', LastModifiedBy: 'User' };

/** Object to its fields, its lookups by relationship name, and its lists of children. */
export const STANDARD = {
    Account: {
        fields: `${EVERY} OwnerId ParentId Phone Website Industry Type IsPersonAccount PersonContactId PersonEmail RecordTypeId`,
        lookups: { Owner: 'User', Parent: 'Account', PersonContact: 'Contact' },
        children: { Contacts: 'Contact', Opportunities: 'Opportunity', Cases: 'Case' }
    },
    AccountTeamMember: {
        fields: 'Id AccountId UserId TeamMemberRole AccountAccessLevel',
        lookups: { Account: 'Account', User: 'User' }
    },
    Contact: {
        fields: `${EVERY} FirstName LastName Salutation Email Phone MobilePhone Title AccountId OwnerId IndividualId HasOptedOutOfEmail IsPersonAccount`,
        lookups: { Owner: 'User', Account: 'Account', Individual: 'Individual' }
    },
    Lead: {
        fields: `${EVERY} FirstName LastName Email Phone Company Title Status OwnerId IsConverted ConvertedContactId ConvertedAccountId ConvertedOpportunityId IndividualId HasOptedOutOfEmail`,
        lookups: { Individual: 'Individual', ConvertedContact: 'Contact', ConvertedAccount: 'Account' }
    },
    Opportunity: {
        fields: `${EVERY} StageName Amount CloseDate AccountId ContactId OwnerId IsClosed IsWon Probability Type NextStep`,
        lookups: { Owner: 'User', Account: 'Account', Contact: 'Contact' },
        children: { OpportunityContactRoles: 'OpportunityContactRole' }
    },
    OpportunityContactRole: {
        fields: 'Id OpportunityId ContactId IsPrimary Role',
        lookups: { Contact: 'Contact', Opportunity: 'Opportunity' }
    },
    Case: {
        fields: 'Id CaseNumber Subject Status Priority Origin Type Reason Description AccountId ContactId ContactEmail OwnerId IsClosed ClosedDate CreatedDate CreatedById LastModifiedDate LastModifiedById SystemModstamp IsDeleted',
        lookups: { Account: 'Account', Contact: 'Contact' }
    },
    User: {
        fields: 'Id Name FirstName LastName Username Email IsActive UserType ProfileId UserRoleId Alias TimeZoneSidKey LocaleSidKey LanguageLocaleKey EmailEncodingKey CreatedDate LastModifiedDate SystemModstamp IndividualId ManagerId',
        lookups: { Profile: 'Profile', UserRole: 'UserRole', Manager: 'User', Individual: 'Individual' },
        children: { PermissionSetAssignments: 'PermissionSetAssignment' }
    },
    Profile: { fields: 'Id Name UserLicenseId UserType', lookups: { UserLicense: 'UserLicense' } },
    UserLicense: { fields: 'Id Name LicenseDefinitionKey' },
    UserRole: { fields: 'Id Name DeveloperName' },
    Individual: {
        fields: `${EVERY} FirstName LastName ShouldForget HasOptedOutProcessing HasOptedOutSolicit HasOptedOutTracking SendIndividualData`
    },
    Event: {
        fields: 'Id Subject WhatId WhoId OwnerId StartDateTime EndDateTime DurationInMinutes ActivityDateTime ActivityDate Description Location ShowAs IsAllDayEvent CreatedDate CreatedById LastModifiedDate LastModifiedById SystemModstamp IsDeleted',
        lookups: { Owner: 'User', Who: 'Contact', What: 'Account' }
    },
    Task: {
        fields: 'Id Subject WhatId WhoId OwnerId Status Priority ActivityDate Description CreatedDate CreatedById IsDeleted',
        lookups: { Owner: 'User' }
    },
    Organization: { fields: 'Id Name IsSandbox InstanceName OrganizationType TimeZoneSidKey LanguageLocaleKey' },
    OrgWideEmailAddress: { fields: 'Id Address DisplayName IsAllowAllProfiles IsVerified Purpose' },
    PermissionSet: {
        fields: 'Id Name Label ProfileId IsOwnedByProfile Type',
        lookups: { Profile: 'Profile' },
        children: { Assignments: 'PermissionSetAssignment' }
    },
    PermissionSetAssignment: {
        fields: 'Id AssigneeId PermissionSetId IsActive SystemModstamp',
        lookups: { Assignee: 'User', PermissionSet: 'PermissionSet' }
    },
    ObjectPermissions: {
        fields: 'Id ParentId SobjectType PermissionsRead PermissionsCreate PermissionsEdit PermissionsDelete PermissionsViewAllRecords PermissionsModifyAllRecords',
        lookups: { Parent: 'PermissionSet' }
    },
    SetupEntityAccess: {
        fields: 'Id ParentId SetupEntityId SetupEntityType',
        lookups: { Parent: 'PermissionSet' }
    },
    CustomPermission: { fields: 'Id DeveloperName MasterLabel NamespacePrefix' },
    UserRecordAccess: {
        fields: 'RecordId UserId HasReadAccess HasEditAccess HasDeleteAccess HasTransferAccess HasAllAccess MaxAccessLevel'
    },
    Group: { fields: 'Id Name DeveloperName Type RelatedId', children: { GroupMembers: 'GroupMember' } },
    GroupMember: { fields: 'Id GroupId UserOrGroupId', lookups: { Group: 'Group' } },
    AsyncApexJob: {
        fields: 'Id Status JobType ApexClassId MethodName NumberOfErrors JobItemsProcessed TotalJobItems ExtendedStatus CreatedDate CompletedDate CreatedById',
        lookups: { ApexClass: 'ApexClass', CreatedBy: 'User' }
    },
    ApexClass: { fields: 'Id Name NamespacePrefix ApiVersion Status' },
    CronTrigger: {
        fields: 'Id State CronExpression NextFireTime CronJobDetailId',
        lookups: { CronJobDetail: 'CronJobDetail' }
    },
    CronJobDetail: { fields: 'Id Name JobType' },
    EmailMessage: { fields: 'Id Subject ToAddress FromAddress HtmlBody TextBody RelatedToId Status CreatedDate' },
    FlowInterview: { fields: 'Id InterviewLabel' },
    EntityDefinition: { fields: 'Id DurableId QualifiedApiName DeveloperName Label KeyPrefix' },
    EventBusSubscriber: { fields: 'Id ExternalId LastError Name Position Retries Status Tip Topic Type' },
    CustomNotificationType: { fields: 'Id DeveloperName MasterLabel CustomNotifTypeName' }
};
