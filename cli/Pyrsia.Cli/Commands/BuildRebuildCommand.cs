using System.CommandLine;
using Pyrsia.Builds.Docker;
using Pyrsia.Builds.Sandboxes;
using Pyrsia.Cli.Builds;
using Pyrsia.Cli.Log;
using Pyrsia.Cli.Output;

namespace Pyrsia.Cli.Commands;

/// <summary><c>pyrsia build rebuild</c>: anybody can repeat a logged build and see whether the same bytes come out.</summary>
internal static class BuildRebuildCommand
{
    /// <summary>How long one dependency may take to arrive.</summary>
    private static readonly TimeSpan DependencyTimeout = TimeSpan.FromMinutes(5);

    /// <summary>Entries of an archive that are named; a report has them all with <c>--output json</c>.</summary>
    private const int MaxNamed = 20;

    public static Command Create(CommandLine line)
    {
        var index = new Argument<long>("index") { Description = "Log index of a build-result, or of the verified entry that rests on it." };
        var images = new Option<string?>("--builder-images") { HelpName = "DIR", Description = "Where 'pyrsia-authority builder make' has put builder images; an authority's own folder unless given." };
        var kind = new Option<string>("--builder") { HelpName = "auto|bubblewrap|docker", Description = "What holds the build; auto takes bubblewrap where it works.", DefaultValueFactory = _ => "auto" };
        var socket = new Option<string>("--docker-socket") { HelpName = "PATH", Description = "The Docker engine's socket.", DefaultValueFactory = _ => DockerSandbox.DefaultSocket };
        var keep = new Option<string?>("--keep") { HelpName = "DIR", Description = "Build in this new folder and leave everything there." };
        kind.AcceptOnlyFromAmong("auto", "bubblewrap", "docker");
        var command = new Command("rebuild", "Repeats a logged build on this machine from its provenance alone, and compares every file.") { index, images, kind, socket, keep };
        line.Bind(command, async (context, result, cancellationToken) =>
        {
            var network = context.Network();
            var log = await RemoteLog.OpenAsync(context.Node, cancellationToken);
            await TrustedCheckpoint.CheckAsync(network, log, cancellationToken);
            var build = await LoggedBuild.ReadAsync(log, network.Genesis, result.GetValue(index), cancellationToken);
            var folder = NewFolder(result.GetValue(keep));
            try
            {
                using var http = new HttpClient(context.Environment.Handler()) { Timeout = DependencyTimeout };
                var plan = new RebuildPlan(
                    Path.GetFullPath(result.GetValue(images) ?? DefaultImages()), Enum.Parse<SandboxKind>(result.GetValue(kind)!, ignoreCase: true), result.GetValue(socket)!, folder, network.Genesis.TestNetwork);
                var files = await new Rebuild(context.Node, http, plan, context.Time).RunAsync(build.Statement, cancellationToken);
                return Print(context, build, files);
            }
            finally
            {
                if (result.GetValue(keep) is null) Directory.Delete(folder, recursive: true);
            }
        });
        return command;
    }

    private static string NewFolder(string? kept)
    {
        if (kept is null) return Directory.CreateTempSubdirectory("pyrsia-rebuild-").FullName;
        if (Path.Exists(kept)) throw CliException.Usage($"{kept} is there already.", "A rebuild begins in a new folder, so that nothing older has a part in it.");
        return Directory.CreateDirectory(kept).FullName;
    }

    private static string DefaultImages() =>
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "pyrsia-authority", "builder-images");

    private static int Print(CliContext context, LoggedBuild build, IReadOnlyList<RebuiltFile> files)
    {
        var same = files.All(f => f.IsSame);
        if (context.Json) context.WriteJson(new RebuildRecord(build.Index, build.Statement.Coordinate, build.Statement.Builder, same, files), CliJsonContext.Pretty.RebuildRecord);
        else foreach (var file in files) Tell(context, file);
        if (!same) throw new CliException($"{files.Count(f => !f.IsSame)} of {files.Count} files of {build.Statement.Coordinate} came out with other bytes than {build.Statement.Builder} logged.", "not-reproduced", "What differs is named above; with --keep DIR both stay to be compared.", ExitCode.VerificationFailed);
        if (!context.Json) context.WriteLine($"reproduced {build.Statement.Coordinate} from {build.Statement.Specification.Source}");
        return ExitCode.Done;
    }

    private static void Tell(CliContext context, RebuiltFile file)
    {
        context.WriteLine(file.IsSame ? $"same     {file.Name} {file.Logged}" : $"differs  {file.Name} {file.Logged} was logged, {file.Rebuilt} came out");
        if (file.Diffoscope is { } report) context.WriteLine($"diffoscope:\n{Output.Words.Printable(report).TrimEnd()}");
        if (file.Differences is not { } differences) return;
        foreach (var entry in differences.Take(MaxNamed)) context.WriteLine($"  {Words(entry.Kind),-16} {entry.Name} ({entry.Detail})");
        if (differences.Count > MaxNamed) context.WriteLine($"  and {differences.Count - MaxNamed} entries more");
        if (differences.Count == 0 && !file.IsSame) context.WriteLine("  the entries are the same; how they are packed differs");
    }

    private static string Words(Pyrsia.Builds.Differences.EntryDifferenceKind kind) => kind switch
    {
        Pyrsia.Builds.Differences.EntryDifferenceKind.OnlyInFirst => "only logged",
        Pyrsia.Builds.Differences.EntryDifferenceKind.OnlyInSecond => "only rebuilt",
        _ => kind.ToString().ToLowerInvariant(),
    };
}
