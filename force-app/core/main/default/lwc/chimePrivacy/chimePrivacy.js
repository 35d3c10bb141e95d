import { LightningElement } from 'lwc';
import LightningConfirm from 'lightning/confirm';
import { fill, formatDateTime } from 'c/chimeFormat';
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
import loading from '@salesforce/label/c.Chime_Loading';

const FILE = 'chime-person.json';

/** For admins: what is stored about one person in all meetings; hand it out, or erase it. */
export default class ChimePrivacy extends LightningElement {
    label = { title, intro, person, traces, meeting, kind, name, text, at, exportPerson: exportLabel, erase, loading };
    busy = false;
    error;
    told = '';
    _person;
    _traces = null;

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
        return this.run(() => this.look(''));
    }

    handleExport() {
        return this.run(async () => {
            download(await exportPerson(this.question));
            this.told = fill(exported, FILE);
        });
    }

    async handleErase() {
        const message = fill(eraseConfirm, this._person.name, this._traces.length);
        if (await LightningConfirm.open({ label: erase, message, theme: 'error' })) {
            await this.run(async () => {
                const count = await erasePerson(this.question);
                await this.look(fill(erased, this._person.name, count));
            });
        }
    }

    async look(before) {
        const list = await find(this.question);
        const now =
            list.length > 0 ? fill(foundText, this._person.name, list.length) : fill(nothing, this._person.name);
        this._traces = list;
        this.told = before || now;
    }

    async run(task) {
        this.busy = true;
        this.error = undefined;
        try {
            await task();
        } catch (error) {
            this.error = error;
        }
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
    URL.revokeObjectURL(url);
}
