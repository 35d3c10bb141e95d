/* Stands for lightning/navigation: keeps where a component went. */
export const went = [];

export const forget = () => went.splice(0);

const Navigate = Symbol('Navigate');
const GenerateUrl = Symbol('GenerateUrl');

export const NavigationMixin = (Base) =>
    class extends Base {
        [Navigate](page) {
            went.push(page);
        }

        [GenerateUrl](page) {
            return Promise.resolve(`/lightning/r/${page.attributes.recordId}/view`);
        }
    };
NavigationMixin.Navigate = Navigate;
NavigationMixin.GenerateUrl = GenerateUrl;
