import { reduceErrors } from 'c/chimeErrors';

const ROWS = require('./data/errors.json');

describe('chimeErrors', () => {
    it.each(ROWS)('reads $what', ({ error, texts }) => {
        expect(reduceErrors(error)).toEqual(texts);
    });

    it('reads undefined as no error', () => {
        expect(reduceErrors(undefined)).toEqual([]);
    });
});
