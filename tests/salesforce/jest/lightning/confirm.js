/* Stands for lightning/confirm: a test says what the user answers, and reads what was asked. */
export default { open: jest.fn() };
