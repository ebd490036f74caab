using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Pyrsia.Cli.Output;
using Pyrsia.Cli.Testnet;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Keys;

namespace Pyrsia.Cli.Commands;

/// <summary><c>pyrsia testnet …</c>: a network of its own on this machine.</summary>
internal static class TestnetCommand
{
    private const int DefaultNodes = 2;

    public static Command Create(CommandLine line) =>
        line.Group("testnet", "Runs a whole network on this machine.", CreateInit(line), CreateUp(line), CreateDown(line), CreateStatus(line));

    private static Option<string> Directory() => new("--dir") { HelpName = "DIR", Description = "Where the network is kept.", Required = true };

    private static Command CreateInit(CommandLine line)
    {
        var directory = Directory();
        var authorities = new Option<int>("--authorities") { HelpName = "N", Description = "How many authorities, 4 or more.", DefaultValueFactory = _ => Provenance.Network.GenesisDocument.MinAuthorities };
        var nodes = new Option<int>("--nodes") { HelpName = "N", Description = "How many nodes.", DefaultValueFactory = _ => DefaultNodes };
        var basePort = new Option<int?>("--base-port") { HelpName = "P", Description = "The first of two ports a process; free ones unless given." };
        var upstream = new Option<string[]>("--upstream") { HelpName = "NAME=URL|DIR", Description = "An upstream: docker.io=URL or docker.io=oci:DIR, maven=URL or maven=dir:DIR. Repeatable." };
        var built = new Option<string[]>("--built") { HelpName = "PREFIX", Description = "Names that are built from source, such as maven:org.acme or docker:docker.io/acme/; other Maven artifacts and images are notarized. Repeatable." };
        var builder = new Option<string?>("--builder") { HelpName = "KIND[,KIND]", Description = "What holds builds, given to the authorities in turn: auto, bubblewrap, docker or none." };
        var images = new Option<string?>("--builder-images") { HelpName = "DIR", Description = "Where 'pyrsia-authority builder make' has put builder images." };
        var socket = new Option<string?>("--docker-socket") { HelpName = "PATH", Description = "The Docker engine's socket." };
        var storage = new Option<string?>("--storage") { HelpName = "embedded|postgres=CONN", Description = "Where the authorities keep their log: files, or PostgreSQL as Host=…;Database=…;Username=…, each in a schema of its name. With a password as @FILE, of mode 0600: everybody can read a command line." };
        var command = new Command("init", "Makes keys, network file and configuration.") { directory, authorities, nodes, basePort, upstream, built, builder, images, socket, storage };
        line.Bind(command, async (context, result, cancellationToken) =>
        {
            var plan = new TestnetPlan(result.GetValue(directory)!, result.GetValue(authorities), result.GetValue(nodes), result.GetValue(basePort), result.GetValue(upstream) ?? [], result.GetValue(built) ?? [],
                new TestnetBuilders(result.GetValue(builder)?.Split(',', StringSplitOptions.TrimEntries) ?? [], result.GetValue(images), result.GetValue(socket)), ReadStorage(result.GetValue(storage)));
            var file = await TestnetInit.RunAsync(plan, Programs.Find(context.Environment.ProgramDirectory), cancellationToken);
            Print(context, file, $"Made a network of {file.Authorities.Count} authorities and {file.Nodes.Count} nodes; its network file is {file.Network}\nStart it: pyrsia testnet up --dir {plan.Directory} --detach");
            return ExitCode.Done;
        });
        return command;
    }

    private static string? ReadStorage(string? text)
    {
        const string postgres = "postgres=";
        if (text is null or "embedded") return null;
        if (!text.StartsWith(postgres, StringComparison.Ordinal) || text.Length == postgres.Length)
            throw CliException.Usage($"'{text}' is no storage.", "Write embedded, or postgres=Host=…;Database=…;Username=….");
        try
        {
            return ConnectionText.Read(text[postgres.Length..], onCommandLine: true, "Put the connection string into a file of mode 0600 and give --storage postgres=@FILE.");
        }
        catch (KeyFileException e)
        {
            throw CliException.Usage($"--storage: {e.Message}.", e.Advice);
        }
    }

    private static Command CreateUp(CommandLine line)
    {
        var directory = Directory();
        var detach = new Option<bool>("--detach") { Description = "Leave it running in the background." };
        var command = new Command("up", "Starts the processes and waits until they can serve.") { directory, detach };
        line.Bind(command, async (context, result, cancellationToken) =>
        {
            var run = Run(context, result.GetValue(directory)!);
            var file = await run.UpAsync(Programs.Find(context.Environment.ProgramDirectory), cancellationToken);
            Print(context, file, $"The network is up.\n{Hints(file, result.GetValue(directory)!)}");
            return result.GetValue(detach) ? ExitCode.Done : await StayAsync(context, run, file, cancellationToken);
        });
        return command;
    }

    private static async Task<int> StayAsync(CliContext context, TestnetRun run, TestnetFile file, CancellationToken cancellationToken)
    {
        context.Warn("It runs until this command is interrupted.");
        try
        {
            var gone = await run.AwaitEndAsync(file, cancellationToken);
            throw new CliException($"{gone.Name} ended by itself, so the network was taken down.", "ended", "See its log.txt in the network's directory.", ExitCode.Failed);
        }
        catch (OperationCanceledException)
        {
            context.Warn("Taking the network down.");
            return ExitCode.Done;
        }
        finally
        {
            await run.DownAsync();
        }
    }

    private static Command CreateDown(CommandLine line)
    {
        var directory = Directory();
        var command = new Command("down", "Ends the processes; what they keep stays.") { directory };
        line.Bind(command, async (context, result, _) =>
        {
            var ended = await Run(context, result.GetValue(directory)!).DownAsync();
            Print(context, TestnetFile.Read(result.GetValue(directory)!), string.Create(CultureInfo.InvariantCulture, $"Ended {ended} processes."));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command CreateStatus(CommandLine line)
    {
        var directory = Directory();
        var command = new Command("status", "Shows how every process stands.") { directory };
        line.Bind(command, async (context, result, cancellationToken) =>
        {
            var standings = await Run(context, result.GetValue(directory)!).StandingAsync(cancellationToken);
            if (context.Json) context.WriteLine(JsonSerializer.Serialize(standings, TestnetJsonContext.Default.IReadOnlyListTestnetStanding));
            else
            {
                IReadOnlyList<string>[] rows = [.. standings.Select(s => (IReadOnlyList<string>)[s.Name, s.State, Number(s.Pid), s.Http, Number(s.Peers), Number(s.LogSize)])];
                foreach (var row in TextTable.Format(["NAME", "STATE", "PID", "HTTP", "PEERS", "LOG SIZE"], rows)) context.WriteLine(row);
            }
            return ExitCode.Done;
        });
        return command;
    }

    private static string Number(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "-";

    private static TestnetRun Run(CliContext context, string directory) => new(directory, context.Environment, line =>
    {
        if (context.ShowsProgress) context.Warn(line);
    });

    private static void Print(CliContext context, TestnetFile file, string text)
    {
        if (context.Json) context.WriteLine(JsonSerializer.Serialize(file, TestnetJsonContext.Default.TestnetFile));
        else context.WriteLine(text);
    }

    private static string Hints(TestnetFile file, string directory)
    {
        var node = file.Nodes.Count > 0 ? file.Nodes[0].Http : file.Authorities[0].Http;
        return $"  export PYRSIA_NODE={node} PYRSIA_NETWORK={file.Network}\n  pyrsia status\n  pyrsia testnet down --dir {directory}\nIts Maven repository is {node}{ApiRoutes.Maven}, its registry {new Uri(node).Authority}.";
    }
}
