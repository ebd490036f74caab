using Pyrsia.Cli;

return await CommandLine.RunAsync(args, CliEnvironment.OfProcess());
