// The program of a worker process of `keelson simulate`.
import { prepareJob } from "./run-task.ts";
import { serve } from "./serve.ts";

serve(prepareJob);
