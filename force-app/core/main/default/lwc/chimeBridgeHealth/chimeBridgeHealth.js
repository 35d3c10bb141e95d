import { LightningElement } from 'lwc';
import { fill, formatDateTime, formatDuration } from 'c/chimeFormat';
import { picklistText } from 'c/chimePicklist';
import { poll } from 'c/chimePoll';
import report from '@salesforce/apex/ChimeHealthController.report';
import retry from '@salesforce/apex/ChimeHealthController.retry';
import title from '@salesforce/label/c.Chime_Health_Title';
import allWell from '@salesforce/label/c.Chime_Health_All_Well';
import attention from '@salesforce/label/c.Chime_Health_Attention';
import bridges from '@salesforce/label/c.Chime_Health_Bridges';
import noBridges from '@salesforce/label/c.Chime_Health_No_Bridges';
import instance from '@salesforce/label/c.Chime_Health_Instance';
import state from '@salesforce/label/c.Chime_Health_State';
import silent from '@salesforce/label/c.Chime_Health_Silent';
import heartbeat from '@salesforce/label/c.Chime_Health_Heartbeat';
import ago from '@salesforce/label/c.Chime_Health_Ago';
import eventLag from '@salesforce/label/c.Chime_Health_Event_Lag';
import outboxAge from '@salesforce/label/c.Chime_Health_Outbox_Age';
import deadLetters from '@salesforce/label/c.Chime_Health_Dead_Letters';
import deliveriesLeft from '@salesforce/label/c.Chime_Health_Deliveries_Left';
import version from '@salesforce/label/c.Chime_Health_Version';
import letters from '@salesforce/label/c.Chime_Health_Letters';
import noLetters from '@salesforce/label/c.Chime_Health_No_Letters';
import retryLabel from '@salesforce/label/c.Chime_Health_Retry';
import retryNamed from '@salesforce/label/c.Chime_Health_Retry_Named';
import setup from '@salesforce/label/c.Chime_Health_Setup';
import good from '@salesforce/label/c.Chime_Good';
import warning from '@salesforce/label/c.Chime_Warning';
import refresh from '@salesforce/label/c.Chime_Refresh';
import loading from '@salesforce/label/c.Chime_Loading';

const LOOK_MS = 30000;
const RETIRED_SECONDS = 86400;
const GOOD = { icon: 'utility:success', variant: 'success', iconText: good };
const WARNING = { icon: 'utility:warning', variant: 'warning', iconText: warning };

/** For admins: is the bridge alive and in time, what could not be done, and is the set-up complete? */
export default class ChimeBridgeHealth extends LightningElement {
    label = {
        title,
        bridges,
        noBridges,
        instance,
        state,
        heartbeat,
        eventLag,
        outboxAge,
        deadLetters,
        deliveriesLeft,
        version,
        noLetters,
        retry: retryLabel,
        setup,
        refresh,
        loading
    };
    report;
    loadError;
    actionError;
    _retrying = [];
    _poll = poll(() => this.look());

    connectedCallback() {
        this._poll.start();
    }

    disconnectedCallback() {
        this._poll.stop();
    }

    get loading() {
        return !this.report && !this.loadError;
    }

    get errors() {
        return [this.actionError, this.loadError];
    }

    get hasBridges() {
        return this.report.bridges.length > 0;
    }

    /* A bridge that was silent for a day while another lives has been retired; the only one is never passed over. */
    get inUse() {
        const list = this.report.bridges;
        const alive = list.some((bridge) => !bridge.silent);
        return list.filter((bridge) => !alive || !(bridge.secondsSinceHeartbeat > RETIRED_SECONDS));
    }

    get hasLetters() {
        return this.report.letters.length > 0;
    }

    get lettersTitle() {
        return fill(letters, this.report.openLetters);
    }

    get summary() {
        const { openLetters, setup: checks } = this.report;
        const list = this.inUse;
        const alive = list.length > 0 && list.every((bridge) => !bridge.silent && bridge.state !== 'Degraded');
        return alive && openLetters === 0 && checks.every(({ ok }) => ok) ? allWell : attention;
    }

    get bridges() {
        return this.inUse.map((bridge) => ({
            ...bridge,
            ...(bridge.silent || bridge.state === 'Degraded' ? WARNING : GOOD),
            stateText: bridge.silent ? silent : picklistText('bridge', bridge.state),
            heartbeat: fill(ago, formatDuration(bridge.secondsSinceHeartbeat)),
            eventLag: formatDuration(bridge.eventLagSeconds),
            outboxAge: formatDuration(bridge.outboxAgeSeconds)
        }));
    }

    get letters() {
        return this.report.letters.map((letter) => ({
            ...letter,
            line: [
                picklistText('letter', letter.state),
                letter.step,
                letter.meetingName,
                formatDateTime(letter.occurredAt)
            ]
                .filter(Boolean)
                .join(' · '),
            mayRetry: letter.state === 'Open',
            retrying: this._retrying.includes(letter.id),
            retryLabel: fill(retryNamed, letter.cause)
        }));
    }

    get setup() {
        return this.report.setup.map((check) => ({ ...check, ...(check.ok ? GOOD : WARNING) }));
    }

    async look() {
        try {
            this.report = await report();
            this.loadError = undefined;
        } catch (error) {
            this.loadError = error;
        }
        return LOOK_MS;
    }

    handleRefresh() {
        this._poll.now();
    }

    async handleRetry(event) {
        const { letter } = event.target.dataset;
        this._retrying = [...this._retrying, letter];
        this.actionError = undefined;
        try {
            await retry({ letterId: letter });
        } catch (error) {
            this.actionError = error;
        }
        await this._poll.now();
        this._retrying = this._retrying.filter((id) => id !== letter);
    }
}
