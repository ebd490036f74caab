namespace Pyrsia.Consensus;

/// <summary>What participants of an epoch say to each other.</summary>
internal abstract record ConsensusMessage;

/// <summary>A leader's block. The signature is the leader's notarize vote: the vote is the proposal.</summary>
internal sealed record ProposeMessage(BlockHeader Header, Justification Justification, VoteSignature Signature, Hash256[] EntryIds) : ConsensusMessage;

internal sealed record VoteMessage(Vote Vote) : ConsensusMessage;

internal sealed record CertificatesMessage(Certificate[] Certificates) : ConsensusMessage;

/// <summary>Asks for a block by hash, or (zero hash) for the finalized blocks above a height.</summary>
internal sealed record GetBlockMessage(Hash256 Block, ulong FinalizedHeight) : ConsensusMessage;

/// <summary>A whole block and the certificates that the sender holds for it.</summary>
internal sealed record BlockMessage(
    BlockHeader Header, Justification Justification, Entry[] Entries, Certificate? Notarization, Certificate? Finalization) : ConsensusMessage;

internal sealed record GetEntriesMessage(Hash256[] Ids) : ConsensusMessage;

internal sealed record EntriesMessage(Entry[] Entries) : ConsensusMessage;

/// <summary>Asks for the certificates of the views from first to last, both inclusive.</summary>
internal sealed record GetCertificatesMessage(View First, View Last) : ConsensusMessage;

/// <summary>Where the sender stands.</summary>
internal sealed record StatusMessage(Epoch Epoch, View View, View FinalizedView, ulong FinalizedHeight) : ConsensusMessage;

internal sealed record SubmitMessage(Entry Entry) : ConsensusMessage;

/// <summary>Bytes of the host, such as a cosignature; consensus only carries them.</summary>
internal sealed record HostMessage(ReadOnlyMemory<byte> Bytes) : ConsensusMessage;
