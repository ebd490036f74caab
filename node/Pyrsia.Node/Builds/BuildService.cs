using System.Security.Cryptography;
using Pyrsia.Contracts;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Curve25519;
using Pyrsia.Node.Log;
using Pyrsia.Node.Upstream;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Node.Builds;

/// <summary>Asks the authorities for artifacts, and says where a request stands.</summary>
public sealed class BuildService(LogView? log, IBuildDesk? desk, IUpstreamRegistry upstream, IMavenUpstream maven, Ed25519PrivateKey askerKey)
{
    /// <summary>Most bytes of an artifact unless the request says otherwise: 20 GiB, beyond what registries endorse for one layer.</summary>
    public const long DefaultMaxBytes = 20L * 1024 * 1024 * 1024;

    /// <summary>Requests in one list.</summary>
    private const int MaxListed = 100;

    /// <summary>Bytes that are read from an upstream at once.</summary>
    private const int ReadBytes = 64 * 1024;

    /// <summary>Resolves an image at its upstream and hands in a request for exactly what was seen.</summary>
    /// <exception cref="BuildException">The request was not taken; the message says why.</exception>
    public async Task<BuildStarted> StartDockerAsync(BuildDockerRequest request, CancellationToken cancellationToken)
    {
        if (!ImageReference.TryParse(request.Image, out var reference, out var error)) throw new BuildException(BuildRefusal.Invalid, error);
        if (log is null || desk is null) throw new BuildException(BuildRefusal.NoNetwork, "This node has no network file, so it knows no authority; start it with --network FILE.");
        var digest = await ResolveAsync(reference, cancellationToken);
        var coordinate = Coordinate.Of(reference);
        if (log.Index.Resolve(coordinate) is { } known && known.Root == digest)
            return new BuildStarted(known.Request.ToString(), $"{reference} is in the log already, at index {known.Index}, with digest {digest}.", Quorum: true, AlreadyLogged: true);

        return await SubmitAsync(log, desk, coordinate, reference.ToString(), digest, request.Platforms, request.MaxBytes, cancellationToken);
    }

    /// <summary>Resolves a version of a Maven artifact at the upstream repository and hands in a request for exactly what was seen.</summary>
    /// <exception cref="BuildException">The request was not taken; the message says why.</exception>
    public async Task<BuildStarted> StartMavenAsync(BuildMavenRequest request, CancellationToken cancellationToken)
    {
        if (!MavenCoordinates.TryParse(request.Gav, out var coordinates, out var error)) throw new BuildException(BuildRefusal.Invalid, error);
        if ((request.Variants ?? []).FirstOrDefault(variant => variant is null || !MavenFilePath.IsVariant(variant)) is { } wrong) throw new BuildException(BuildRefusal.Invalid, $"'{wrong}' names no file of a version: write EXTENSION or CLASSIFIER.EXTENSION, such as sources.jar.");
        if (log is null || desk is null) throw new BuildException(BuildRefusal.NoNetwork, "This node has no network file, so it knows no authority; start it with --network FILE.");
        var coordinate = Coordinate.Of(coordinates);
        if (log.Network.Genesis.KindOf(coordinate) != ArtifactKind.Notarized) throw new BuildException(BuildRefusal.Invalid, $"By this network's naming rules {coordinates} is built from source, and what an upstream has answers for nothing.");
        var known = log.Index.Maven.Find(coordinates);
        var hasAll = known is not null && (request.Variants ?? []).All(variant => known.Files.Any(file => file.Path.Variant == variant));
        // A release never changes, so the upstream need not be there to say what the log has.
        if (hasAll && !coordinates.IsSnapshot) return Known(known!);
        if (known is not null && !coordinates.IsSnapshot) throw new BuildException(BuildRefusal.Invalid, $"{coordinates} is in the log already, at index {known.Verdict}, without some of these files, and a release is logged once.");
        var digest = await ResolveAsync(coordinates, request.MaxBytes ?? DefaultMaxBytes, cancellationToken);
        if (hasAll && known!.Root == digest) return Known(known);
        return await SubmitAsync(log, desk, coordinate, coordinates.ToString(), digest, request.Variants, request.MaxBytes, cancellationToken);

        BuildStarted Known(MavenLogVersion version) =>
            new(log.Index.Resolve(coordinate)!.Request.ToString(), $"{coordinates} is in the log already, at index {version.Verdict}, with digest {version.Root}.", Quorum: true, AlreadyLogged: true);
    }

    private async Task<BuildStarted> SubmitAsync(
        LogView view, IBuildDesk to, string coordinate, string reference, Digest digest, IReadOnlyList<string>? variants, long? maxBytes, CancellationToken cancellationToken)
    {
        var entry = new EntrySigner(askerKey).Sign(new BuildRequest(
            view.Network.Genesis.ChainId, ArtifactKind.Notarized, coordinate, reference, digest, [.. (variants ?? []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            maxBytes ?? DefaultMaxBytes, view.Network.Genesis.Threshold, askerKey.PublicKey, RandomNumberGenerator.GetBytes(EntryLimits.NonceLength)));
        var reply = await to.SubmitAsync(entry, cancellationToken);
        var what = reply.Quorum ? "The authorities fetch it from its upstream now." : "There is no quorum of authorities now; the request is kept and goes on when there is.";
        return new BuildStarted(new RequestId(entry.PayloadDigest).ToString(), what, reply.Quorum, AlreadyLogged: false);
    }

    /// <summary>Takes a request of this node back; its verdict follows when the authorities have logged that.</summary>
    /// <exception cref="BuildException">It is not this node's, has its verdict, or nobody took the cancellation.</exception>
    public async Task<BuildStarted> CancelAsync(BuildCancelRequest request, CancellationToken cancellationToken)
    {
        if (!RequestId.TryParse(request.BuildId, out var id)) throw new BuildException(BuildRefusal.Invalid, $"'{request.BuildId}' is no id of a build.");
        if (log is null || desk is null) throw new BuildException(BuildRefusal.NoNetwork, "This node has no network file, so it knows no authority; start it with --network FILE.");
        if (Verdict(log, id) is { } verdict) throw new BuildException(BuildRefusal.Decided, $"The build '{id}' has its verdict, {Words(verdict)}, at index {verdict.Index}.");
        var reply = await desk.SubmitAsync(new EntrySigner(askerKey).Sign(new BuildCancellation(id, askerKey.PublicKey)), cancellationToken);
        return new BuildStarted(id.ToString(), reply.Quorum ? "The authorities stop working on it." : "There is no quorum of authorities now; it is cancelled when there is.", reply.Quorum, AlreadyLogged: false);
    }

    /// <summary>Where a build stands; null when nobody knows it.</summary>
    public async Task<BuildState?> StateAsync(string buildId, CancellationToken cancellationToken)
    {
        if (log is null || desk is null || !RequestId.TryParse(buildId, out var id)) return null;
        if (Verdict(log, id) is { } verdict) return Ended(verdict);
        var reply = await desk.QueryAsync(id, cancellationToken);
        if (Verdict(log, id) is { } followed) return Ended(followed);
        if (reply is not null) return new BuildState(BuildPhase.Running, reply.Phase, reply.Quorum, null, null, reply.Done, reply.Of);
        return log.Index.Of(id) is { Count: > 0 } entries ? new BuildState(BuildPhase.Running, StepOf(entries), null, null, null) : null;
    }

    /// <summary>The newest requests, newest first, as far as the log shows them.</summary>
    /// <exception cref="BuildException">There is no network file.</exception>
    public IReadOnlyList<BuildListEntry> List()
    {
        if (log is null) throw new BuildException(BuildRefusal.NoNetwork, "This node has no network file, so it follows no log; start it with --network FILE.");
        return [.. log.Index.Newest(MaxListed).Select(id => ToListEntry(log.Index.Of(id), id))];
    }

    /// <summary>A piece of a build's log, from the authorities; null when none that answers has one.</summary>
    public async Task<BuildLogPiece?> ReadLogAsync(BuildLogsRequest request, CancellationToken cancellationToken) =>
        desk is not null && request.Offset >= 0 && RequestId.TryParse(request.BuildId, out var id) ? await desk.ReadLogAsync(id, request.Authority, request.Offset, cancellationToken) : null;

    private BuildListEntry ToListEntry(IReadOnlyList<IndexedEntry> entries, RequestId id)
    {
        var request = entries.First(e => e.Type == EntryType.BuildRequest);
        var verdict = entries.LastOrDefault(e => e.Type.IsVerdict());
        return new BuildListEntry(id.ToString(), request.Coordinate, verdict is null ? StepOf(entries) : Words(verdict), request.Index, verdict?.Index);
    }

    /// <summary>Where a request without a verdict stands, as far as its entries show.</summary>
    private string StepOf(IReadOnlyList<IndexedEntry> entries) =>
        entries.Any(e => e.Type == EntryType.BuildResult) ? "revealing"
        : entries.Any(e => e.Type == EntryType.Commitment) || log!.Network.Genesis.KindOf(entries[0].Coordinate) != ArtifactKind.Built ? "committing"
        : "planning";

    private static IndexedEntry? Verdict(LogView log, RequestId id) => log.Index.Of(id).LastOrDefault(e => e.Type.IsVerdict());

    private static string Words(IndexedEntry verdict) => verdict.Reason is { } reason ? $"{verdict.Type.ToWord()}: {reason.ToWord()}" : verdict.Type.ToWord();

    private static BuildState Ended(IndexedEntry verdict)
    {
        if (verdict.Type == EntryType.Verified)
            return new BuildState(BuildPhase.Succeeded, null, null, new BuildSuccess(verdict.Coordinate, verdict.Root.ToString()!, verdict.Index, verdict.Builders), null);
        return new BuildState(BuildPhase.Failed, null, null, null, $"{Words(verdict)} (log entry {verdict.Index})");
    }

    private async Task<Digest> ResolveAsync(ImageReference reference, CancellationToken cancellationToken)
    {
        try
        {
            return reference.Digest ?? (await upstream.GetManifestAsync(reference, cancellationToken)).Descriptor.Digest;
        }
        catch (UpstreamException e)
        {
            throw NotResolved(e);
        }
    }

    /// <summary>The digest of a version's main file as the upstream has it now; its bytes are not kept.</summary>
    private async Task<Digest> ResolveAsync(MavenCoordinates coordinates, long maxBytes, CancellationToken cancellationToken)
    {
        try
        {
            var resolver = await MavenResolver.ReadAsync(maven, coordinates, cancellationToken);
            var (path, body) = await resolver.OpenMainAsync(cancellationToken);
            await using (body)
            {
                using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                var buffer = new byte[ReadBytes];
                for (var size = 0L; await body.ReadAsync(buffer, cancellationToken) is > 0 and var read;)
                {
                    if ((size += read) > maxBytes) throw new UpstreamException(UpstreamFailure.LimitExceeded, $"{path.Target} is larger than the {maxBytes} bytes allowed.");
                    hash.AppendData(buffer, 0, read);
                }
                return new Digest(hash.GetHashAndReset());
            }
        }
        catch (UpstreamException e)
        {
            throw NotResolved(e);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new BuildException(BuildRefusal.Upstream, $"{maven.Host} broke off: {e.Message}", e);
        }
    }

    private static BuildException NotResolved(UpstreamException e) => new(e.Failure == UpstreamFailure.NotFound ? BuildRefusal.NotFound : BuildRefusal.Upstream, e.Message, e);
}
