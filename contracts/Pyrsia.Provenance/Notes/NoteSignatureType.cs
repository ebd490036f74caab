namespace Pyrsia.Provenance.Notes;

/// <summary>The signature types of C2SP signed notes that this verifier knows.</summary>
public enum NoteSignatureType : byte
{
    /// <summary>Ed25519 over the note's text: what a log signs with.</summary>
    Ed25519 = 0x01,

    /// <summary>A timestamped Ed25519 cosignature, https://c2sp.org/tlog-cosignature: what authorities and witnesses sign with.</summary>
    Cosignature = 0x04,
}
