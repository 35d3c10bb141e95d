import { LightningElement, api } from 'lwc';
import { NavigationMixin } from 'lightning/navigation';
import LightningConfirm from 'lightning/confirm';
import timeZone from '@salesforce/i18n/timeZone';
import { fill } from 'c/chimeFormat';
import { picklistText } from 'c/chimePicklist';
import defaults from '@salesforce/apex/ChimeScheduleController.defaults';
import schedule from '@salesforce/apex/ChimeScheduleController.schedule';
import reschedule from '@salesforce/apex/ChimeScheduleController.reschedule';
import cancelMeeting from '@salesforce/apex/ChimeScheduleController.cancel';
import inviteMore from '@salesforce/apex/ChimeScheduleController.invite';
import stateOf from '@salesforce/apex/ChimeRoomController.state';
import newTitle from '@salesforce/label/c.Chime_Schedule_Title';
import meetingTitle from '@salesforce/label/c.Chime_Schedule_Meeting_Title';
import subject from '@salesforce/label/c.Chime_Subject';
import start from '@salesforce/label/c.Chime_Schedule_Start';
import end from '@salesforce/label/c.Chime_Schedule_End';
import policy from '@salesforce/label/c.Chime_Schedule_Policy';
import autoRecord from '@salesforce/label/c.Chime_Schedule_Auto_Record';
import invite from '@salesforce/label/c.Chime_Schedule_Invite';
import invitees from '@salesforce/label/c.Chime_Schedule_Invitees';
import scheduleLabel from '@salesforce/label/c.Chime_Schedule_Schedule';
import rescheduleLabel from '@salesforce/label/c.Chime_Schedule_Reschedule';
import cancelLabel from '@salesforce/label/c.Chime_Schedule_Cancel';
import cancelConfirm from '@salesforce/label/c.Chime_Schedule_Cancel_Confirm';
import sendInvitations from '@salesforce/label/c.Chime_Schedule_Send_Invitations';
import openMeeting from '@salesforce/label/c.Chime_Schedule_Open';
import scheduledText from '@salesforce/label/c.Chime_Schedule_Done';
import movedText from '@salesforce/label/c.Chime_Schedule_Moved';
import cancelledText from '@salesforce/label/c.Chime_Schedule_Cancelled';
import invitedText from '@salesforce/label/c.Chime_Schedule_Invited';
import failureText from '@salesforce/label/c.Chime_Schedule_Failure';
import endBeforeStart from '@salesforce/label/c.Chime_Schedule_End_Before_Start';
import mayNot from '@salesforce/label/c.Chime_Schedule_May_Not';
import over from '@salesforce/label/c.Chime_Schedule_Over';
import close from '@salesforce/label/c.Chime_Close';
import loading from '@salesforce/label/c.Chime_Loading';

const HALF_HOUR = 30 * 60 * 1000;

/**
 * On a record: plans a meeting and invites people. On a meeting: moves it, cancels it, invites more.
 * @fires scheduled with the meeting's id as detail
 * @fires close when the user has finished with it
 */
export default class ChimeSchedule extends NavigationMixin(LightningElement) {
    @api objectApiName;
    /** Whether it stands in something that closes; a card on a page does not. */
    @api closable = false;

    label = {
        subject,
        start,
        end,
        policy,
        autoRecord,
        invite,
        invitees,
        schedule: scheduleLabel,
        reschedule: rescheduleLabel,
        cancel: cancelLabel,
        sendInvitations,
        openMeeting,
        close,
        loading
    };
    timeZone = timeZone;
    busy = false;
    plan = {};
    result = null;
    scheduledId = null;
    loadError;
    formError;
    _defaults;
    _meeting;
    _invitees = [];
    _recordId;
    _connected = false;
    _focus = null;

    @api
    get recordId() {
        return this._recordId;
    }
    set recordId(value) {
        if (value !== this._recordId) {
            this._recordId = value;
            this.reset();
        }
    }

    connectedCallback() {
        this._connected = true;
        /* A page that comes back keeps what was typed there. */
        if (!this._defaults && !this._meeting) {
            this.reset();
        }
    }

    renderedCallback() {
        const ids = this._focus ?? [];
        const targets = ids.map((id) => this.template.querySelector(`[data-id="${id}"]`));
        const target = targets.find((one) => one && !one.disabled);
        this._focus = null;
        if (target && document.activeElement === document.body) {
            target.focus();
        }
    }

    disconnectedCallback() {
        this._connected = false;
    }

    reset() {
        this._defaults = undefined;
        this._meeting = undefined;
        this._invitees = [];
        this.plan = {};
        this.result = null;
        this.scheduledId = null;
        this.formError = undefined;
        this.busy = false;
        if (this._connected && this._recordId) {
            this.load();
        }
    }

    get isMeeting() {
        return this.objectApiName === 'Chime_Meeting__c';
    }

    get isNew() {
        return !this.isMeeting;
    }

    get title() {
        return this.isMeeting ? meetingTitle : newTitle;
    }

    get loading() {
        return !this._defaults && !this._meeting && !this.loadError;
    }

    get errors() {
        return [this.formError, this.loadError];
    }

    get refusal() {
        if (this._meeting) {
            return this._meeting.isFinal ? over : (!this._meeting.mayControl && mayNot) || '';
        }
        return this._defaults && !this._defaults.allowed ? this._defaults.reason : '';
    }

    get showForm() {
        return Boolean(this._defaults || this._meeting) && !this.refusal && !this.scheduledId;
    }

    get isScheduled() {
        return this._meeting?.status === 'Scheduled';
    }

    get showTimes() {
        return this.isNew || this.isScheduled;
    }

    get policies() {
        return this._defaults.policies.map((value) => ({ value, label: picklistText('policy', value) }));
    }

    get invitees() {
        return this._invitees.map((person) => ({ ...person, key: keyOf(person) }));
    }

    get hasInvitees() {
        return this._invitees.length > 0;
    }

    get cannotInvite() {
        return this.busy || !this.hasInvitees;
    }

    async load() {
        const id = this._recordId;
        this.loadError = undefined;
        try {
            const answer = await (this.isMeeting ? stateOf({ meetingId: id }) : defaults({ recordId: id }));
            if (id !== this._recordId) {
                return;
            }
            if (this.isMeeting) {
                this._meeting = answer;
                this.plan = { start: answer.scheduledStart, end: answer.scheduledEnd };
            } else {
                this._defaults = answer;
                this._invitees = [...(answer.suggested ?? [])];
                const next = Math.ceil((Date.now() + 1) / HALF_HOUR) * HALF_HOUR;
                this.plan = {
                    subject: answer.subject,
                    policy: answer.policy,
                    autoRecord: answer.autoRecord === true,
                    start: iso(next),
                    end: iso(next + HALF_HOUR)
                };
            }
        } catch (error) {
            this.loadError = id === this._recordId ? error : this.loadError;
        }
    }

    handleReload() {
        this.load();
    }

    handleField(event) {
        this.plan = { ...this.plan, [event.target.dataset.field]: event.detail.value };
    }

    handleAutoRecord(event) {
        this.plan = { ...this.plan, autoRecord: event.detail.checked };
    }

    /* Moving the start moves the end along, so that the length stays. */
    handleStart(event) {
        const length = new Date(this.plan.end) - new Date(this.plan.start);
        const begin = event.detail.value;
        const moved = begin && length > 0 ? iso(new Date(begin).getTime() + length) : this.plan.end;
        this.plan = { ...this.plan, start: begin, end: moved };
    }

    handlePick(event) {
        const person = event.detail;
        if (!this._invitees.some((known) => keyOf(known) === keyOf(person))) {
            this._invitees = [...this._invitees, person];
        }
    }

    handleDrop(event) {
        const { key } = event.target.dataset;
        this._invitees = this._invitees.filter((person) => keyOf(person) !== key);
    }

    handleSchedule() {
        const recordId = this._recordId;
        return this.runChecked('schedule', scheduledText, async (here) => {
            const plan = { recordId, ...this.plan, subject: this.plan.subject.trim() };
            const { meetingId, invited } = await schedule({
                planJson: JSON.stringify({ ...plan, invitees: this._invitees })
            });
            if (here()) {
                this.scheduledId = meetingId;
                this.dispatchEvent(new CustomEvent('scheduled', { detail: meetingId }));
            }
            return invited;
        });
    }

    handleReschedule() {
        const meetingId = this._recordId;
        return this.runChecked('reschedule', movedText, () =>
            reschedule({ meetingId, startAt: this.plan.start, endAt: this.plan.end })
        );
    }

    handleInvite() {
        const meetingId = this._recordId;
        return this.run(meetingId, 'invite', '', async (here) => {
            const invited = await inviteMore({ meetingId, inviteesJson: JSON.stringify(this._invitees) });
            if (here()) {
                const failed = (invited.failures ?? []).map(({ name }) => name);
                this._invitees = this._invitees.filter(({ name, email }) =>
                    [name, email].some((one) => one && failed.includes(one))
                );
            }
            return invited;
        });
    }

    async handleCancel() {
        const meetingId = this._recordId;
        const message = fill(cancelConfirm, this._meeting.subject || this._meeting.name);
        if (await LightningConfirm.open({ label: cancelLabel, message, theme: 'warning' })) {
            await this.run(meetingId, 'cancel', cancelledText, async (here) => {
                await cancelMeeting({ meetingId });
                if (here()) {
                    this._meeting = { ...this._meeting, status: 'Cancelled', isFinal: true };
                }
            });
        }
    }

    /** For what sends the fields of the form; to cancel or to invite needs none of them. */
    async runChecked(control, done, call) {
        if (!this.busy && this.isValid()) {
            await this.run(this._recordId, control, done, call);
        }
    }

    /**
     * Calls Apex once at a time, and says what came of it. What was asked for one record is done for
     * that one, and told only while the form still stands on it.
     */
    async run(id, control, done, call) {
        const here = () => id === this._recordId;
        if (here() && !this.begin()) {
            return;
        }
        try {
            const result = told(done, await call(here));
            this.result = here() ? result : this.result;
        } catch (error) {
            this.formError = here() ? error : this.formError;
        }
        if (here()) {
            this.busy = false;
            this._focus = [control, 'open', 'result'];
        }
    }

    begin() {
        const free = !this.busy;
        if (free) {
            this.busy = true;
            this.result = null;
            this.formError = undefined;
        }
        return free;
    }

    isValid() {
        const fields = [...this.template.querySelectorAll('[data-field]')];
        const wrong = fields.filter((field) => field.reportValidity() === false);
        if (wrong.length > 0) {
            wrong[0].focus();
            return false;
        }
        if (this.showTimes && !(new Date(this.plan.end) > new Date(this.plan.start))) {
            this.formError = endBeforeStart;
            return false;
        }
        return true;
    }

    handleOpen() {
        this[NavigationMixin.Navigate]({
            type: 'standard__recordPage',
            attributes: { recordId: this.scheduledId, objectApiName: 'Chime_Meeting__c', actionName: 'view' }
        });
        this.handleClose();
    }

    handleClose() {
        this.dispatchEvent(new CustomEvent('close'));
        this.reset();
    }
}

function keyOf({ kind, recordId, email }) {
    return `${kind}-${recordId ?? email}`;
}

function iso(ms) {
    return new Date(ms).toISOString();
}

function told(done, invited) {
    const { asked = 0, invited: came = 0, failures = [] } = invited ?? {};
    const counted = asked > 0 ? fill(invitedText, came, asked) : '';
    return {
        text: [done, counted].filter(Boolean).join(' '),
        hasFailures: failures.length > 0,
        failures: failures.map(({ name, reason }, index) => ({ key: index, text: fill(failureText, name, reason) }))
    };
}
