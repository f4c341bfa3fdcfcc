import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import type {
  handleServerStreamingCall,
  handleUnaryCall,
  sendUnaryData,
  UntypedServiceImplementation,
} from "@grpc/grpc-js";
import languagePb from "@pulumi/pulumi/proto/language_pb.js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";

/** Exit code by which `@pulumi/pulumi/cmd/run` says that it already told the user what went wrong. */
const EXIT_ALREADY_REPORTED = 32;

/** The `runtime.options` of Pulumi.yaml that this host understands, as the official host names them. */
interface RuntimeOptions {
  typescript?: boolean;
  nodeargs?: string;
}

function runtimeOptions(info: languagePb.ProgramInfo | undefined): RuntimeOptions {
  return (info?.getOptions()?.toJavaScript() ?? {}) as RuntimeOptions;
}

/** Path of one of the launcher scripts of the project's own `@pulumi/pulumi`; throws when it is not installed. */
function sdkScript(directory: string, name: "run" | "run-plugin" | "run-policy-pack"): string {
  try {
    return createRequire(path.join(directory, "package.json")).resolve(`@pulumi/pulumi/cmd/${name}/index.js`);
  } catch (cause) {
    throw new Error(
      `@pulumi/pulumi is not installed for ${directory}. Install the locked packages first: npm ci`,
      { cause },
    );
  }
}

function nodeArguments(options: RuntimeOptions): string[] {
  return options.nodeargs?.split(/\s+/).filter(Boolean) ?? [];
}

/** Arguments for `@pulumi/pulumi/cmd/run`; see the usage text in that script. */
function runArguments(request: languagePb.RunRequest, engineAddress: string): string[] {
  const info = request.getInfo();
  const flags: Array<[string, string | undefined]> = [
    ["--monitor", request.getMonitorAddress()],
    ["--engine", engineAddress],
    ["--organization", request.getOrganization()],
    ["--project", request.getProject()],
    ["--stack", request.getStack()],
    ["--pwd", info?.getProgramDirectory()],
    ["--root-directory", info?.getRootDirectory()],
    ["--parallel", String(request.getParallel())],
  ];
  return [
    ...flags.flatMap(([flag, value]) => (value ? [`${flag}=${value}`] : [])),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    info?.getEntryPoint() || ".",
    ...request.getArgsList(),
  ];
}

const run =
  (engineAddress: string): handleUnaryCall<languagePb.RunRequest, languagePb.RunResponse> =>
  (call, respond) => {
    const request = call.request;
    const info = request.getInfo();
    const directory = info?.getProgramDirectory() || request.getPwd();
    const options = runtimeOptions(info);
    const child = spawn(
      "node",
      [...nodeArguments(options), sdkScript(directory, "run"), ...runArguments(request, engineAddress)],
      {
        cwd: directory,
        stdio: ["ignore", "inherit", "inherit"],
        env: {
          ...process.env,
          PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toArray())),
          PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
          PULUMI_NODEJS_TYPESCRIPT: String(options.typescript ?? true),
        },
      },
    );
    endWithHost(child);
    child.once("error", respond);
    child.once("exit", (code, signal) => {
      const response = new languagePb.RunResponse();
      if (code === EXIT_ALREADY_REPORTED) response.setBail(true);
      else if (code !== 0) response.setError(`Program exited with ${signal ?? `code ${code}`}`);
      respond(null, response);
    });
  };

const runPlugin: handleServerStreamingCall<languagePb.RunPluginRequest, languagePb.RunPluginResponse> = (
  call,
) => {
  const request = call.request;
  const info = request.getInfo();
  const directory = info?.getProgramDirectory() || request.getProgram();
  const isPolicyPack = request.getKind() === "analyzer";
  const script = isPolicyPack ? "run-policy-pack" : "run-plugin";
  const options = runtimeOptions(info);
  const child = spawn(
    "node",
    [...nodeArguments(options), sdkScript(directory, script), ...request.getArgsList(), directory],
    {
      // As the official host has it: a policy pack reads its version from the package.json of its folder.
      cwd: isPolicyPack ? directory : request.getPwd(),
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...Object.fromEntries(request.getEnvList().map((entry) => entry.split(/=(.*)/s).slice(0, 2))),
        PULUMI_NODEJS_TYPESCRIPT: String(options.typescript ?? true),
      },
    },
  );
  endWithHost(child);
  call.on("cancelled", () => child.kill("SIGINT"));
  child.stdout.on("data", (chunk: Buffer) =>
    call.write(pluginOutput((r) => r.setStdout(new Uint8Array(chunk)))),
  );
  child.stderr.on("data", (chunk: Buffer) =>
    call.write(pluginOutput((r) => r.setStderr(new Uint8Array(chunk)))),
  );
  child.once("error", (error) => call.emit("error", error));
  child.once("close", (code) => {
    call.write(pluginOutput((r) => r.setExitcode(code ?? 1)));
    call.end();
  });
};

/** A program without an engine would wait for it. */
function endWithHost(child: ChildProcess): void {
  const end = () => child.kill();
  process.once("exit", end);
  child.once("close", () => process.removeListener("exit", end));
}

function pluginOutput(set: (response: languagePb.RunPluginResponse) => void): languagePb.RunPluginResponse {
  const response = new languagePb.RunPluginResponse();
  set(response);
  return response;
}

const handshake: handleUnaryCall<unknown, languagePb.LanguageHandshakeResponse> = (_call, respond) =>
  respond(null, new languagePb.LanguageHandshakeResponse());

const getPluginInfo: handleUnaryCall<unknown, pluginPb.PluginInfo> = (_call, respond) => {
  const info = new pluginPb.PluginInfo();
  info.setVersion("0.0.0-standin");
  respond(null, info);
};

/**
 * The engine may ask which plugins a program needs in order to download them up front. Where this host is in
 * use plugins cannot be downloaded, and the engine looks each up on PATH when a resource first asks for it.
 */
const getRequiredPackages: handleUnaryCall<unknown, languagePb.GetRequiredPackagesResponse> = (
  _call,
  respond,
) => respond(null, new languagePb.GetRequiredPackagesResponse());

const getRequiredPlugins: handleUnaryCall<unknown, languagePb.GetRequiredPluginsResponse> = (
  _call,
  respond,
) => respond(null, new languagePb.GetRequiredPluginsResponse());

const getProgramDependencies: handleUnaryCall<unknown, languagePb.GetProgramDependenciesResponse> = (
  _call,
  respond,
) => respond(null, new languagePb.GetProgramDependenciesResponse());

const runtimeOptionsPrompts: handleUnaryCall<unknown, languagePb.RuntimeOptionsResponse> = (_call, respond) =>
  respond(null, new languagePb.RuntimeOptionsResponse());

const about: handleUnaryCall<unknown, languagePb.AboutResponse> = (_call, respond) => {
  const response = new languagePb.AboutResponse();
  response.setExecutable(process.execPath);
  response.setVersion(process.version);
  respond(null, response);
};

const cancel: handleUnaryCall<unknown, emptyPb.Empty> = (_call, respond) =>
  respond(null, new emptyPb.Empty());

/** A failing handler must reach the engine as a gRPC error; an exception in it would end the whole host. */
function reporting<Request, Response>(
  handler: handleUnaryCall<Request, Response>,
): handleUnaryCall<Request, Response> {
  return (call, respond: sendUnaryData<Response>) => {
    try {
      handler(call, respond);
    } catch (error) {
      respond(error instanceof Error ? error : new Error(String(error)));
    }
  };
}

/**
 * The handlers of `pulumirpc.LanguageRuntime` that running programs and plugins needs; the code generation
 * calls answer UNIMPLEMENTED, as gRPC does for handlers that are not there.
 *
 * @param engineAddress gRPC address of the engine, handed to the program so that it can log to it
 */
export function languageRuntime(engineAddress: string): UntypedServiceImplementation {
  return {
    handshake,
    getPluginInfo,
    getRequiredPackages,
    getRequiredPlugins,
    getProgramDependencies,
    runtimeOptionsPrompts,
    about,
    cancel,
    run: reporting(run(engineAddress)),
    runPlugin,
  };
}
