trigger ChimeMeetingTrigger on Chime_Meeting__c(
    before insert,
    after insert,
    before update,
    after update,
    before delete
) {
    ChimeMeetingTriggerHandler.handle();
}
