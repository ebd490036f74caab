using Pyrsia.Consensus;

namespace Pyrsia.Testing.Consensus;

/// <summary>A liar runs the honest core to know what is going on, and replaces what it says, differently for each listener.</summary>
internal sealed partial class ConsensusSimulation
{
    private readonly List<(BlockHeader Header, Certificate Notarization)> _heard = [];
    private readonly List<BlockHeader> _headers = [];

    /// <summary>Remembers blocks with their notarizations: stale parents to propose on.</summary>
    private void Listen(ConsensusMessage message)
    {
        switch (message)
        {
            case ProposeMessage propose:
                if (_headers.Count < 64) _headers.Add(propose.Header);
                Hear(propose.Justification.Parent);
                break;
            case CertificatesMessage certificates:
                foreach (var certificate in certificates.Certificates) Hear(certificate);
                break;
        }
    }

    private void Hear(Certificate? certificate)
    {
        if (certificate is not { Kind: VoteKind.Notarize }) return;
        foreach (var header in _headers)
            if (header.Hash == certificate.Block && _heard.Count < 64) _heard.Add((header, certificate));
    }

    /// <summary>What the liar sends instead: null for the truth, empty for nothing.</summary>
    private byte[]? Distort(SimulatedNode liar, ConsensusMessage message)
    {
        if (message is ProposeMessage own && _headers.Count < 64) _headers.Add(own.Header);
        if (!_random.Chance(6000)) return null;
        switch (message)
        {
            case VoteMessage { Vote: var vote } when vote.Signer == liar.Participant:
                return _codec.Encode(new VoteMessage(Sign(liar, LieAbout(vote))));
            case ProposeMessage propose when propose.Header.View.Number > 0:
                return DistortProposal(liar, propose);
            case StatusMessage status:
                return _codec.Encode(status with { FinalizedHeight = status.FinalizedHeight + (ulong)_random.Below(1000), View = new View(1UL << 40) });
            case CertificatesMessage:
                return _random.Chance(5000) ? [] : null;
            default:
                return _random.Chance(2000) ? [] : null;
        }
    }

    private Vote LieAbout(Vote vote)
    {
        var other = _headers.Count > 0 ? _headers[_random.Below(_headers.Count)].Hash : vote.Block;
        return _random.Below(4) switch
        {
            0 => vote with { Kind = VoteKind.Nullify, Block = default },
            1 when !vote.Block.IsZero => vote with { Kind = VoteKind.Finalize },
            2 when !other.IsZero => vote with { Kind = VoteKind.Notarize, Block = other },
            _ when !vote.Block.IsZero => vote with { Kind = VoteKind.Notarize },
            _ => vote,
        };
    }

    private byte[]? DistortProposal(SimulatedNode liar, ProposeMessage propose)
    {
        var header = propose.Header;
        var justification = propose.Justification;
        var ids = propose.EntryIds;
        switch (_random.Below(6))
        {
            case 0:
                header = header with { TimeMs = header.TimeMs + 1 + _random.Below(3), LogTimeMs = header.LogTimeMs };
                break;
            case 1:
                header = header with { RootAfter = ModelState.Extend(header.RootAfter, 7) };
                break;
            case 2:
                var (time, logTime) = ClockOf(header.ParentHash);
                header = header with { TimeMs = header.TimeMs + 600_000, LogTimeMs = LogTime.After(time, logTime, header.TimeMs + 600_000) };
                break;
            case 3:
                ids = [];
                header = header with { Count = 0, EntriesHash = BlockHashing.Entries([]), SizeAfter = header.FirstIndex };
                break;
            default:
                if (StaleProposal(header) is not var (stale, because)) return null;
                (header, justification, ids) = (stale, because, []);
                break;
        }
        var vote = Sign(liar, new Vote(VoteKind.Notarize, header.Epoch, header.View, header.Hash, liar.Participant, default));
        return _codec.Encode(new ProposeMessage(header, justification, vote.Signature, ids));
    }

    /// <summary>An empty block on an old notarized block, or on the genesis, without nullifications of the views between.</summary>
    private (BlockHeader Header, Justification Justification)? StaleProposal(BlockHeader honest)
    {
        var at = _random.Below(_heard.Count + 1);
        var justification = new Justification(at == _heard.Count ? null : _heard[at].Notarization, []);
        var (hash, view, time, logTime, size, root) = at == _heard.Count
            ? (_genesis.Hash, View.Genesis, _genesis.TimeMs, _genesis.LogTimeMs, 0UL, default)
            : (_heard[at].Header.Hash, _heard[at].Header.View, _heard[at].Header.TimeMs, _heard[at].Header.LogTimeMs,
                _heard[at].Header.SizeAfter, _heard[at].Header.RootAfter);
        if (view >= honest.View || honest.TimeMs <= time) return null;
        return (new BlockHeader(
            honest.Epoch, honest.View, hash, view, justification.Hash(_n), honest.TimeMs, LogTime.After(time, logTime, honest.TimeMs),
            size, 0, BlockHashing.Entries([]), size, root, default), justification);
    }

    private (long TimeMs, long LogTimeMs) ClockOf(Hash256 block)
    {
        foreach (var header in _headers)
            if (header.Hash == block) return (header.TimeMs, header.LogTimeMs);
        return (_genesis.TimeMs, _genesis.LogTimeMs);
    }

    private Vote Sign(SimulatedNode liar, Vote vote)
    {
        Span<byte> message = stackalloc byte[VoteBytes.Length];
        Span<byte> signature = stackalloc byte[VoteSignature.Size];
        VoteBytes.Write(message, _chainId, vote.Kind, vote.Epoch, vote.View, vote.Block);
        _keys.SignerOf(liar.Participant).Sign(message, signature);
        return vote with { Signature = new VoteSignature(signature) };
    }
}
