trigger ChimeMeetingTrigger on Chime_Meeting__c(before insert, after insert, after update, before delete) {
    ChimeMeetingTriggerHandler.handle();
}
