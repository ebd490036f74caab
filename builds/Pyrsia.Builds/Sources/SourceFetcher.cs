using System.Globalization;
using Pyrsia.Builds.Images;
using Pyrsia.Builds.Outputs;
using Pyrsia.Builds.Sandboxes;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Builds.Sources;

/// <summary>
/// Gets source: a commit in a sandbox whose only way out is a <see cref="GuardedProxy"/>, because git is a large program that a hostile server talks to; an archive by <see cref="ArchiveFetcher"/>.
/// </summary>
public sealed class SourceFetcher(ISandbox sandbox, SourceLimits limits, bool allowPrivateNetworks, TimeProvider time)
{
    /// <summary>Fetches a source and checks it.</summary>
    /// <param name="source">What to fetch.</param>
    /// <param name="newline">The line ends of text that is checked out: <c>lf</c> or <c>crlf</c>. An archive's files are what they are.</param>
    /// <param name="image">The builder image; for git it has to have git.</param>
    /// <param name="folder">An empty private folder; the tree is left in it.</param>
    /// <param name="log">Takes what git says.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BuildFailureException">It cannot be had, or is not what it was said to be.</exception>
    /// <exception cref="SandboxException">This machine cannot provide the sandbox.</exception>
    public async Task<SourceTree> FetchAsync(BuildSource source, string newline, BuilderImage image, string folder, BuildLog log, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(log);
        if (!allowPrivateNetworks && !source.IsSecure) throw new BuildFailureException(FailureReason.Denied, $"{source.Url} is not https.");
        if (source.Kind == SourceKind.Archive) return await new ArchiveFetcher(limits, allowPrivateNetworks, time).FetchAsync(source, folder, cancellationToken).ConfigureAwait(false);
        var archive = Path.Combine(folder, "source.tar");
        await RunGitAsync(source, newline, image, folder, archive, log, cancellationToken).ConfigureAwait(false);
        var extracted = Path.Combine(folder, "source");
        OutputReading reading;
        await using (var tar = File.OpenRead(archive)) reading = await UnpackedSource.ExtractAsync(tar, extracted, limits, cancellationToken).ConfigureAwait(false);
        File.Delete(archive);
        var seconds = long.Parse(await File.ReadAllTextAsync(reading.Files.Single(f => f.Name == GitScript.TimeFile).Path, cancellationToken).ConfigureAwait(false), NumberStyles.AllowTrailingWhite | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return UnpackedSource.Of(Path.Combine(extracted, GitScript.TreeFolder), source.Subdirectory, seconds);
    }

    private async Task RunGitAsync(BuildSource source, string newline, BuilderImage image, string folder, string archive, BuildLog log, CancellationToken cancellationToken)
    {
        var socket = Path.Combine(folder, "out.sock");
        await using var proxy = new GuardedProxy(socket, new GuardedProxyOptions { AllowPrivateNetworks = allowPrivateNetworks, MaxBytes = limits.TransferBytes }, time);
        var result = await sandbox.RunAsync(
            new SandboxRun
            {
                Image = image,
                Command = GitScript.Command(source.Url, source.Revision, source.Tag, newline, $"http://127.0.0.1:{SandboxLayout.Port}", allowPrivateNetworks),
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
}
