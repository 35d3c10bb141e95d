/* Stands for lightning/toast: the texts a component showed are the calls of show. */
export default { show: jest.fn() };
