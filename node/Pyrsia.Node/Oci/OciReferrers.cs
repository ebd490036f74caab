using Pyrsia.Contracts;
using Pyrsia.Node.Artifacts;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Notes;
using Pyrsia.Provenance.Packages;

namespace Pyrsia.Node.Oci;

/// <summary>A document of this node about an image.</summary>
/// <param name="MediaType">What it is.</param>
/// <param name="Bytes">Its bytes.</param>
internal sealed record OciDocument(string MediaType, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>Its digest.</summary>
    internal Digest Digest => Digest.Of(Bytes.Span);
}

/// <summary>
/// What the log says of an image, as artifacts that refer to it: each builder's attestation as a Sigstore bundle, and of an image that was built its list of packages. A bundle leads to the newest checkpoint
/// and so is another document when the log has grown; the newest ones made here are kept, so that who was told of one finds it. They vouch for themselves, so no policy stands before them.
/// </summary>
/// <seealso href="https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#listing-referrers"/>
internal sealed class OciReferrers(LogView? log, ArtifactService artifacts)
{
    /// <summary>Documents kept: of some twenty images a bundle and a manifest for each of a handful of builders, a few hundred kilobytes at most.</summary>
    private const int MaxKept = 256;

    private static readonly OciDocument Empty = new(MediaTypes.OciEmpty, "{}"u8.ToArray());

    private readonly Dictionary<Digest, OciDocument> _kept = new() { [Empty.Digest] = Empty };
    private readonly Queue<Digest> _order = new();
    private readonly Lock _gate = new();

    /// <summary>The index of what refers to an image.</summary>
    /// <param name="image">The image's manifest.</param>
    /// <param name="artifactType">The only type wanted; null for all.</param>
    internal byte[] IndexOf(Digest image, string? artifactType) => CanonicalObject.Of([
        ("schemaVersion", 2L), ("mediaType", MediaTypes.OciIndex),
        ("manifests", CanonicalArray.Of(Find(image).Where(r => artifactType is null || r.Type == artifactType).Select(r => CanonicalObject.Of([
            .. Descriptor(MediaTypes.OciManifest, r.Manifest.Digest, r.Manifest.Bytes.Length), ("artifactType", r.Type), ("annotations", r.Annotations)]))))]).ToBytes();

    /// <summary>A document that this node made; null when it made none of that digest, or long ago.</summary>
    internal OciDocument? Find(Digest digest, bool isManifest)
    {
        lock (_gate) return _kept.TryGetValue(digest, out var found) && (found.MediaType == MediaTypes.OciManifest) == isManifest ? found : null;
    }

    private IEnumerable<(string Type, OciDocument Manifest, CanonicalObject? Annotations)> Find(Digest image)
    {
        if (log is null || artifacts.Resolve(image).Output is not { } subject || !MediaTypes.IsManifest(subject.MediaType) || log.Index.FindOutput(image) is not var (_, verdict)) yield break;
        if (LogBundles.Build(log, verdict, image) is not { } bundle) yield break;
        if (PackagesOf(bundle.Verdict.Entry, subject) is { } packages) yield return (packages.MediaType, Refer(subject, packages.MediaType, packages.Digest, packages.Size, null), null);
        if (log.Store.LogSignatures is not { } bytes || !SignedNote.TryParse(bytes.Span, out var note, out _)) yield break;
        for (var i = 0; i < bundle.Results.Length; i++)
        {
            var result = bundle.Results[i];
            if (SigstoreExport.Bundle(log.Sets.Chain.At(bundle.Checkpoint.Checkpoint.Size), result.Entry, result.Index, result.Proof, bundle.Checkpoint.Checkpoint, note.Signatures) is not { } sigstore) continue;
            var attestation = Keep(new OciDocument(MediaTypes.SigstoreBundle, sigstore));
            var annotations = CanonicalObject.Of([("io.pyrsia.builder", bundle.Verdict.Entry.Verdict.Agreeing[i].Name)]);
            yield return (MediaTypes.SigstoreBundle, Refer(subject, MediaTypes.SigstoreBundle, attestation.Digest, sigstore.Length, annotations), annotations);
        }
    }

    /// <summary>The list of packages beside a manifest; null of an image that was not built.</summary>
    private static ArtifactOutput? PackagesOf(VerdictEntry verdict, ArtifactOutput manifest) => manifest.Name.EndsWith("/" + DockerNames.ManifestName, StringComparison.Ordinal)
        ? verdict.Outputs.FirstOrDefault(output => output.Name == manifest.Name[..^DockerNames.ManifestName.Length] + DockerNames.PackagesName)
        : null;

    private OciDocument Refer(ArtifactOutput subject, string type, Digest digest, long size, CanonicalObject? annotations) => Keep(new OciDocument(MediaTypes.OciManifest, CanonicalObject.Of([
        ("schemaVersion", 2L), ("mediaType", MediaTypes.OciManifest), ("artifactType", type),
        ("config", CanonicalObject.Of([.. Descriptor(Empty.MediaType, Empty.Digest, Empty.Bytes.Length), ("data", Convert.ToBase64String(Empty.Bytes.Span))])),
        ("layers", CanonicalArray.Of([CanonicalObject.Of(Descriptor(type, digest, size))])),
        ("subject", CanonicalObject.Of(Descriptor(subject.MediaType, subject.Digest, subject.Size))), ("annotations", annotations)]).ToBytes()));

    private static (string Name, CanonicalValue? Value)[] Descriptor(string mediaType, Digest digest, long size) => [("mediaType", mediaType), ("digest", digest.ToString()), ("size", size)];

    private OciDocument Keep(OciDocument document)
    {
        lock (_gate)
        {
            if (!_kept.TryAdd(document.Digest, document)) return document;
            _order.Enqueue(document.Digest);
            if (_order.Count > MaxKept) _kept.Remove(_order.Dequeue());
        }
        return document;
    }
}
