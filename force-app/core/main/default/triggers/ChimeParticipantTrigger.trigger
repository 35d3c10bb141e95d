trigger ChimeParticipantTrigger on Chime_Participant__c(before insert, after insert, after update) {
    ChimeParticipantTriggerHandler.handle();
}
