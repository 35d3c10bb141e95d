/** Components are found by the build, not by the type checker. */
declare module 'console/app' {
    const App: typeof import('lwc').LightningElement;
    export default App;
}
