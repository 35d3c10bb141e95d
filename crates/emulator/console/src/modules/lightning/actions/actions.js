/**
 * Quick actions: the event by which a component in an action's dialog asks for its end.
 */
// @ts-check
export class CloseActionScreenEvent extends CustomEvent {
    constructor() {
        super('lightning__actionsclosescreen', { bubbles: true, composed: true, cancelable: true });
    }
}
