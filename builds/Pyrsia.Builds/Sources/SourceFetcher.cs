using System.Globalization;
using Pyrsia.Builds.Images;
using Pyrsia.Builds.Outputs;
using Pyrsia.Builds.Sandboxes;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Builds.Sources;

/// <summary>Gets source at a commit, in a sandbox whose only way out is a <see cref="GuardedProxy"/>: git is a large program that a hostile server talks to.</summary>
public sealed class SourceFetcher(ISandbox sandbox, SourceLimits limits, bool allowPrivateNetworks, TimeProvider time)
{
    /// <summary>Fetches a source and checks it.</summary>
    /// <param name="source">What to fetch.</param>
    /// <param name="image">The builder image; it has to have git.</param>
    /// <param name="folder">An empty private folder; the tree is left in it.</param>
    /// <param name="log">Takes what git says.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BuildFailureException">It cannot be had, or is not what it was said to be.</exception>
    /// <exception cref="SandboxException">This machine cannot provide the sandbox.</exception>
    public async Task<SourceTree> FetchAsync(BuildSource source, BuilderImage image, string folder, BuildLog log, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(log);
        if (source.Kind != SourceKind.Git) throw new BuildFailureException(FailureReason.ToolNotAllowed, "This builder takes source from git only.");
        if (!allowPrivateNetworks && !source.IsHttps) throw new BuildFailureException(FailureReason.Denied, $"{source.Url} is not https.");
        var archive = Path.Combine(folder, "source.tar");
        await RunGitAsync(source, image, folder, archive, log, cancellationToken).ConfigureAwait(false);
        var reading = await ExtractAsync(archive, Path.Combine(folder, "source"), cancellationToken).ConfigureAwait(false);
        File.Delete(archive);
        var seconds = long.Parse(await File.ReadAllTextAsync(reading.Files.Single(f => f.Name == GitScript.TimeFile).Path, cancellationToken).ConfigureAwait(false), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
        if (seconds is < 0 or > int.MaxValue) throw new BuildFailureException(FailureReason.Denied, $"The commit says that it was made at {seconds} seconds since 1970; archives hold times from 0 to {int.MaxValue}.");
        var tree = Path.Combine(folder, "source", GitScript.TreeFolder);
        var built = Path.Combine(tree, source.Subdirectory);
        return Directory.Exists(built) && !IsLink(built, folder) ? new SourceTree(tree, seconds) : throw new BuildFailureException(FailureReason.Denied, $"The source has no folder '{source.Subdirectory}'.");
    }

    private async Task RunGitAsync(BuildSource source, BuilderImage image, string folder, string archive, BuildLog log, CancellationToken cancellationToken)
    {
        var socket = Path.Combine(folder, "out.sock");
        await using var proxy = new GuardedProxy(socket, new GuardedProxyOptions { AllowPrivateNetworks = allowPrivateNetworks, MaxBytes = limits.TransferBytes }, time);
        var result = await sandbox.RunAsync(
            new SandboxRun
            {
                Image = image,
                Command = GitScript.Command(source.Url, source.Revision, source.Tag, $"http://127.0.0.1:{SandboxLayout.Port}", allowPrivateNetworks),
                OutputPath = archive,
                OnLog = log.Write,
                Socket = socket,
                Limits = new SandboxLimits
                {
                    WallClock = limits.Time,
                    MemoryBytes = limits.MemoryBytes,
                    WorkBytes = Math.Min(limits.MemoryBytes / 2, limits.TransferBytes + limits.TreeBytes),
                    OutputBytes = limits.TreeBytes + (limits.TreeEntries * 1024L),
                },
            },
            cancellationToken).ConfigureAwait(false);
        if (!result.Succeeded) throw Failure(source, result, proxy);
    }

    private BuildFailureException Failure(BuildSource source, SandboxResult result, GuardedProxy proxy)
    {
        if (proxy.IsOverLimit || result.Outcome is SandboxOutcome.OutputLimit or SandboxOutcome.OutOfMemory)
            return new BuildFailureException(FailureReason.ResourceLimit, $"{source.Url} is larger than this builder takes ({limits.TransferBytes} bytes on the wire, {limits.TreeBytes} as a tree).");
        if (result.Outcome == SandboxOutcome.TimedOut) return new BuildFailureException(FailureReason.SourceUnavailable, $"{source.Url} did not come within {limits.Time.TotalMinutes:0} minutes.");
        return result.ExitCode switch
        {
            GitScript.CommitNotFound => new BuildFailureException(FailureReason.CommitNotFound, $"{source.Url} has no commit {source.Revision}."),
            GitScript.TagMoved => new BuildFailureException(FailureReason.TagMoved, $"The tag {source.Tag} of {source.Url} does not lead to {source.Revision}, or is not there."),
            GitScript.HasSubmodules => new BuildFailureException(FailureReason.Denied, $"{source.Url} has submodules, which no builder follows: what they name is pinned by nothing here."),
            _ => new BuildFailureException(FailureReason.SourceUnavailable, $"{source.Url} cannot be fetched{(proxy.Refusal is { } why ? $": {why}" : ".")}"),
        };
    }

    private async Task<OutputReading> ExtractAsync(string archive, string directory, CancellationToken cancellationToken)
    {
        await using var tar = File.OpenRead(archive);
        var rules = new OutputRules { MaxEntries = limits.TreeEntries, MaxBytes = limits.TreeBytes, InnerLinks = true };
        var reading = await OutputArchive.ExtractAsync(tar, directory, rules, cancellationToken).ConfigureAwait(false);
        return reading.Refusal switch
        {
            null => reading,
            OutputRefusal.TooManyBytes or OutputRefusal.TooManyEntries => throw new BuildFailureException(
                FailureReason.ResourceLimit, $"The source has more than {limits.TreeBytes} bytes or {limits.TreeEntries} files, which is what this builder takes."),
            { } refusal => throw new BuildFailureException(FailureReason.Denied, $"The source has an entry that no builder unpacks ({refusal}): {reading.Entry}"),
        };
    }

    /// <summary>Whether a folder on the way is a link: the tree that was checked must be the tree that is built.</summary>
    private static bool IsLink(string path, string root)
    {
        for (var at = path; at.Length > root.Length; at = Path.GetDirectoryName(at)!)
            if (new DirectoryInfo(at).LinkTarget is not null) return true;
        return false;
    }
}
