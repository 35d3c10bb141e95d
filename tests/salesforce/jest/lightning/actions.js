/* Stands for lightning/actions, which ships no stub. */
export class CloseActionScreenEvent extends CustomEvent {
    constructor() {
        super('lightning__actionsCloseScreen', { bubbles: true, composed: true });
    }
}
