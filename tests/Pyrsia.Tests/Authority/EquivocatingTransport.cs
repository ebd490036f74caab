using System.Text;
using Pyrsia.Consensus;
using Pyrsia.Curve25519;

namespace Pyrsia.Tests.Authority;

/// <summary>
/// The way out of an authority that lies with its real key: of every block that it proposes it makes a second one for half of
/// the others, and to every vote for a block it adds a vote for another block of the same view.
/// </summary>
internal sealed class EquivocatingTransport(IConsensusTransport inner, IEd25519Signer key, Hash256 chainId, int self, int participants) : IConsensusTransport
{
    private int _lies;

    internal int Lies => Volatile.Read(ref _lies);

    public void Send(int participant, ReadOnlyMemory<byte> message) => inner.Send(participant, message);

    public void Broadcast(ReadOnlyMemory<byte> message)
    {
        var codec = new MessageCodec(participants);
        switch (EpochEnvelope.TryOpen(message.Span, out var current, out var inside) ? codec.Decode(inside) : null)
        {
            case ProposeMessage proposal:
                var other = proposal.Header with { TimeMs = proposal.Header.TimeMs + 1, LogTimeMs = proposal.Header.LogTimeMs + 1 };
                var twin = EpochEnvelope.Wrap(current, codec.Encode(proposal with { Header = other, Signature = Sign(VoteKind.Notarize, other.Epoch, other.View, other.Hash) }));
                for (var i = 0; i < participants; i++) inner.Send(i, i % 2 == 0 ? message : twin);
                Interlocked.Increment(ref _lies);
                break;
            case VoteMessage { Vote: { Kind: VoteKind.Notarize } vote }:
                inner.Broadcast(message);
                var elsewhere = Hash256.Of(Encoding.UTF8.GetBytes($"another block than {vote.Block}"));
                inner.Broadcast(EpochEnvelope.Wrap(current, codec.Encode(new VoteMessage(new Vote(VoteKind.Notarize, vote.Epoch, vote.View, elsewhere, self, Sign(VoteKind.Notarize, vote.Epoch, vote.View, elsewhere))))));
                Interlocked.Increment(ref _lies);
                break;
            default:
                inner.Broadcast(message);
                break;
        }
    }

    private VoteSignature Sign(VoteKind kind, Epoch epoch, View view, Hash256 block)
    {
        var bytes = new byte[VoteBytes.Length];
        VoteBytes.Write(bytes, chainId, kind, epoch, view, block);
        return new VoteSignature(key.Sign(bytes));
    }
}
