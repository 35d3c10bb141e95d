import { LightningElement } from 'lwc';
import LightningConfirm from 'lightning/confirm';
import { fill, formatDateTime } from 'c/chimeFormat';
import { after } from 'c/chimeTimer';
import find from '@salesforce/apex/ChimePrivacyController.find';
import exportPerson from '@salesforce/apex/ChimePrivacyController.exportPerson';
import erasePerson from '@salesforce/apex/ChimePrivacyController.erasePerson';
import title from '@salesforce/label/c.Chime_Privacy_Title';
import intro from '@salesforce/label/c.Chime_Privacy_Intro';
import person from '@salesforce/label/c.Chime_Privacy_Person';
import foundText from '@salesforce/label/c.Chime_Privacy_Found';
import nothing from '@salesforce/label/c.Chime_Privacy_Nothing';
import traces from '@salesforce/label/c.Chime_Privacy_Traces';
import meeting from '@salesforce/label/c.Chime_Privacy_Meeting';
import kind from '@salesforce/label/c.Chime_Privacy_Kind';
import name from '@salesforce/label/c.Chime_Privacy_Name';
import text from '@salesforce/label/c.Chime_Privacy_Text';
import at from '@salesforce/label/c.Chime_Privacy_At';
import exportLabel from '@salesforce/label/c.Chime_Privacy_Export';
import exported from '@salesforce/label/c.Chime_Privacy_Exported';
import erase from '@salesforce/label/c.Chime_Privacy_Erase';
import eraseConfirm from '@salesforce/label/c.Chime_Privacy_Erase_Confirm';
import erased from '@salesforce/label/c.Chime_Privacy_Erased_Count';
import more from '@salesforce/label/c.Chime_Privacy_More';
import loading from '@salesforce/label/c.Chime_Loading';

const FILE = 'chime-person.json';
const FORGET_MS = 10000;

/** For admins: what is stored about one person in all meetings; hand it out, or erase it. */
export default class ChimePrivacy extends LightningElement {
    label = { title, intro, person, traces, meeting, kind, name, text, at, exportPerson: exportLabel, erase, loading };
    busy = false;
    error;
    told = '';
    _person;
    _traces = null;
    _focus = null;

    get traces() {
        return this._traces?.length > 0;
    }

    get rows() {
        return this._traces.map((trace, index) => ({ ...trace, key: index, moment: formatDateTime(trace.at) }));
    }

    get question() {
        const { kind: of, recordId, email } = this._person;
        return { kind: of, value: of === 'Email' ? email : recordId };
    }

    handlePick(event) {
        this._person = event.detail;
        this._traces = null;
        this.told = '';
        return this.handleLook();
    }

    handleLook() {
        return this.run(() => this.look(''));
    }

    handleExport() {
        return this.run(async () => {
            download(await exportPerson(this.question));
            this.told = fill(exported, FILE);
        });
    }

    /* The look for the person has failed, so it can be made again; an erasure is asked for anew, with its question. */
    get lookFailed() {
        return Boolean(this.error && this._person && !this._traces);
    }

    renderedCallback() {
        const targets = (this._focus ?? []).map((id) => this.template.querySelector(`[data-id="${id}"]`));
        const target = targets.find((one) => one && !one.disabled);
        this._focus = null;
        if (target && document.activeElement === document.body) {
            target.focus();
        }
    }

    async handleErase() {
        const message = fill(eraseConfirm, this._person.name, this._traces.length);
        if (await LightningConfirm.open({ label: erase, message, theme: 'error' })) {
            await this.run(async () => {
                const count = await erasePerson(this.question);
                this.told = fill(erased, this._person.name, count);
                this._traces = null;
                await this.look(this.told);
                /* The log follows within minutes; what else is still found did not fit into one erasure. */
                if (this._traces.some((trace) => trace.kind !== 'Log')) {
                    this.told = fill(more, this._person.name, count);
                }
            }, ['erase', 'told']);
        }
    }

    async look(before) {
        const list = await find(this.question);
        const now =
            list.length > 0 ? fill(foundText, this._person.name, list.length) : fill(nothing, this._person.name);
        this._traces = list;
        this.told = before || now;
    }

    async run(task, next = []) {
        this.busy = true;
        this.error = undefined;
        try {
            await task();
        } catch (error) {
            this.error = error;
        }
        this._focus = next;
        this.busy = false;
    }
}

/* Lightning Web Security takes a Blob only with its type stated. */
function download(json) {
    const url = URL.createObjectURL(new Blob([json], { type: 'application/json' }));
    const anchor = document.createElement('a');
    anchor.href = url;
    anchor.download = FILE;
    anchor.click();
    /* Not in the same turn: a browser may begin the download later. */
    after(FORGET_MS, () => URL.revokeObjectURL(url));
}
