trigger ChimeRecordingTrigger on Chime_Recording__c(before insert, after insert, after update, before delete) {
    ChimeRecordingTriggerHandler.handle();
}
