/** Entry of the dashboard: theme first, so that nothing flashes; then the page, while the server's answers are on their way. */
import "uplot/dist/uPlot.min.css";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/charts.css";
import "./styles/tables.css";
import "./styles/pages.css";
import "./styles/doors.css";
import "./styles/chain.css";
import "./styles/flow.css";
import { render } from "preact";
import { App } from "./app.tsx";
import { boot } from "./data/server.ts";
import { startRouter } from "./state/router.ts";
import { startPreferences } from "./state/preferences.ts";

startPreferences();
startRouter();
void boot();

const root = document.getElementById("app");
if (root === null) throw new Error("index.html has no element with the id app.");
render(<App />, root);
