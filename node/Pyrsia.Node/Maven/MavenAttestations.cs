using Pyrsia.Contracts;
using Pyrsia.Node.Artifacts;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Notes;
using Pyrsia.Provenance.Verification;

namespace Pyrsia.Node.Maven;

/// <summary>Writes the proof of a file as a document beside it. It vouches for itself: whoever fetches it verifies it, so no policy stands before it.</summary>
internal sealed class MavenAttestations(LogView log)
{
    /// <summary>The proof of a file that the log verified.</summary>
    /// <param name="file">The file.</param>
    /// <param name="kind">Which proof.</param>
    /// <param name="builder">Whose attestation, of a Sigstore bundle; null for the first builder that agrees.</param>
    internal MavenAnswer Find(MavenLogFile file, MavenAttestation kind, string? builder)
    {
        if (LogBundles.Build(log, file.Verdict, file.Output.Digest) is not { } bundle) return new MavenAnswer(MavenResult.Unavailable, $"log entry {file.Verdict} is not a whole proof here yet");
        if (kind == MavenAttestation.Pyrsia) return Found(bundle.ToBytes(), ProvenanceBundle.MediaType, file);
        var agreeing = bundle.Verdict.Entry.Verdict.Agreeing;
        var index = builder is null ? 0 : agreeing.Select(vote => vote.Name).ToList().IndexOf(builder);
        if (index < 0) return new MavenAnswer(MavenResult.Absent, $"{builder} is none of the builders that agree on {file.Path.Target}: {string.Join(", ", agreeing.Select(vote => vote.Name))}");
        var result = bundle.Results[index];
        // Stock verifiers count log signatures, of which the published checkpoint has one; a quorum of them comes beside it.
        return log.Store.LogSignatures is { } bytes && SignedNote.TryParse(bytes.Span, out var note, out _)
            && SigstoreExport.Bundle(log.Sets.Chain.At(bundle.Checkpoint.Checkpoint.Size), result.Entry, result.Index, result.Proof, bundle.Checkpoint.Checkpoint, note.Signatures) is { } sigstore
            ? Found(sigstore, SigstoreExport.BundleMediaType, file)
            : new MavenAnswer(MavenResult.Unavailable, "this node has too few log signatures of the newest checkpoint for a Sigstore bundle; the portable bundle is in .pyrsia.json");
    }

    /// <summary>The proof leads to the newest checkpoint, so it is another document when the log has grown.</summary>
    private MavenAnswer Found(byte[] bytes, string mediaType, MavenLogFile file)
    {
        var cosigned = log.CosignedAt is { } at ? DateTimeOffset.FromUnixTimeSeconds(at) : file.Time;
        return MavenAnswer.Found(new MavenDocument(bytes, mediaType, cosigned > file.Time ? cosigned : file.Time, IsImmutable: false));
    }
}
