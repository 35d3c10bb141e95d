import { LightningElement, api } from 'lwc';
import { reduceErrors } from 'c/chimeErrors';
import error from '@salesforce/label/c.Chime_Error';
import heading from '@salesforce/label/c.Chime_Error_Heading';
import retry from '@salesforce/label/c.Chime_Try_Again';

/**
 * The one panel through which all components tell of errors.
 * @fires retry when the user asks to try again
 */
export default class ChimeErrorPanel extends LightningElement {
    /** One error or a list, as a call threw it; nothing is shown while there is none. */
    @api errors;
    /** What could not be done, in a few words. */
    @api heading;
    /** Whether trying again makes sense. */
    @api retryable = false;

    label = { error, retry };

    get texts() {
        return reduceErrors(this.errors);
    }

    get hasErrors() {
        return this.texts.length > 0;
    }

    get title() {
        return this.heading || heading;
    }

    handleRetry() {
        this.dispatchEvent(new CustomEvent('retry'));
    }
}
