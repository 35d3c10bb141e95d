trigger ChimeParticipantTrigger on Chime_Participant__c(
    before insert,
    after insert,
    before update,
    after update,
    before delete
) {
    ChimeParticipantTriggerHandler.handle();
}
