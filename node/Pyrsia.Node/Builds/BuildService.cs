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
public sealed class BuildService(LogView? log, IBuildDesk? desk, IUpstreamRegistry upstream, Ed25519PrivateKey askerKey)
{
    /// <summary>Most bytes of an image unless the request says otherwise: 20 GiB, beyond what registries endorse for one layer.</summary>
    public const long DefaultMaxBytes = 20L * 1024 * 1024 * 1024;

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

        var entry = new EntrySigner(askerKey).Sign(new BuildRequest(
            log.Network.Genesis.ChainId, ArtifactKind.Notarized, coordinate, reference.ToString(), digest,
            [.. (request.Platforms ?? []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            request.MaxBytes ?? DefaultMaxBytes, log.Network.Genesis.Threshold, askerKey.PublicKey, RandomNumberGenerator.GetBytes(EntryLimits.NonceLength)));
        var reply = await desk.SubmitAsync(entry, cancellationToken);
        var what = reply.Quorum ? "The authorities fetch it from its upstream now." : "There is no quorum of authorities now; the request is kept and goes on when there is.";
        return new BuildStarted(new RequestId(entry.PayloadDigest).ToString(), what, reply.Quorum, AlreadyLogged: false);
    }

    /// <summary>Where a build stands; null when nobody knows it.</summary>
    public async Task<BuildState?> StateAsync(string buildId, CancellationToken cancellationToken)
    {
        if (log is null || desk is null || !RequestId.TryParse(buildId, out var id)) return null;
        var entries = log.Index.Of(id);
        if (entries.LastOrDefault(e => e.Type.IsVerdict()) is { } verdict) return Ended(verdict);
        if (await desk.QueryAsync(id, cancellationToken) is { } reply) return new BuildState(BuildPhase.Running, reply.Phase, reply.Quorum, null, null);
        return entries.Count > 0 ? new BuildState(BuildPhase.Running, null, null, null, null) : null;
    }

    private static BuildState Ended(IndexedEntry verdict)
    {
        if (verdict.Type == EntryType.Verified)
            return new BuildState(BuildPhase.Succeeded, null, null, new BuildSuccess(verdict.Coordinate, verdict.Root.ToString()!, verdict.Index, verdict.Builders), null);
        var why = verdict.Reason is { } reason ? $"{verdict.Type.ToWord()}: {reason.ToWord()}" : verdict.Type.ToWord();
        return new BuildState(BuildPhase.Failed, null, null, null, $"{why} (log entry {verdict.Index})");
    }

    private async Task<Digest> ResolveAsync(ImageReference reference, CancellationToken cancellationToken)
    {
        try
        {
            return reference.Digest ?? (await upstream.GetManifestAsync(reference, cancellationToken)).Descriptor.Digest;
        }
        catch (UpstreamException e)
        {
            throw new BuildException(e.Failure == UpstreamFailure.NotFound ? BuildRefusal.NotFound : BuildRefusal.Upstream, e.Message, e);
        }
    }
}
