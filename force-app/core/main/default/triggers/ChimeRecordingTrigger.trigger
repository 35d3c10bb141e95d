trigger ChimeRecordingTrigger on Chime_Recording__c(
    before insert,
    after insert,
    before update,
    after update,
    before delete
) {
    ChimeRecordingTriggerHandler.handle();
}
