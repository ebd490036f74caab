using Pyrsia.Consensus;

namespace Pyrsia.Testing.Consensus;

/// <summary>Random messages of every kind, the same for the same seed.</summary>
internal sealed class MessageSamples(ulong seed, int participants)
{
    private readonly SimulationRandom _random = new(seed);

    public ConsensusMessage Next() => _random.Below(11) switch
    {
        0 => new ProposeMessage(Header(), Justification(), Signature(), Hashes()),
        1 => new CertificatesMessage(Many(4, () => Certificate((VoteKind)_random.Between(1, 3)))),
        2 => new GetBlockMessage(_random.Chance(3000) ? default : Hash(), Number()),
        3 => Block(),
        4 => new GetEntriesMessage(Hashes()),
        5 => new EntriesMessage(Many(3, Entry)),
        6 => new GetCertificatesMessage(View(), View()),
        7 => new StatusMessage(new Epoch(Number()), View(), View(), Number()),
        8 => new SubmitMessage(Entry()),
        9 => new HostMessage(Bytes(_random.Below(100))),
        _ => new VoteMessage(Vote()),
    };

    public BlockMessage Block() => new(
        Header(), Justification(), Many(3, Entry), _random.Chance(5000) ? Certificate(VoteKind.Notarize) : null,
        _random.Chance(5000) ? Certificate(VoteKind.Finalize) : null);

    public Vote Vote()
    {
        var kind = (VoteKind)_random.Between(1, 3);
        return new Vote(kind, new Epoch(Number()), View(), kind == VoteKind.Nullify ? default : Hash(), _random.Below(participants), Signature());
    }

    public Certificate Certificate(VoteKind kind)
    {
        var signers = Enumerable.Range(0, participants).Where(_ => _random.Chance(7000)).Select(i => (byte)i).ToArray();
        if (signers.Length == 0) signers = [(byte)_random.Below(participants)];
        return new Certificate(
            kind, new Epoch(Number()), View(), kind == VoteKind.Nullify ? default : Hash(), signers, Array.ConvertAll(signers, _ => Signature()));
    }

    public Justification Justification() =>
        new(_random.Chance(2000) ? null : Certificate(VoteKind.Notarize), Many(3, () => Certificate(VoteKind.Nullify)));

    public BlockHeader Header() => new(
        new Epoch(Number()), View(), Hash(), View(), Hash(), (long)Number() / 1000, (long)Number() / 1000, Number(), _random.Below(1001), Hash(), Number(),
        Hash(), _random.Chance(2000) ? Hash() : default);

    public Entry Entry() => new(Bytes(1 + _random.Below(80)));

    private Hash256[] Hashes() => Many(5, Hash);

    private View View() => new(Number());

    private ulong Number() => _random.Next() >> _random.Between(16, 60);

    private Hash256 Hash() => new(Bytes(32));

    private VoteSignature Signature() => new(Bytes(64));

    private byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count; i++) bytes[i] = (byte)_random.Below(256);
        return bytes;
    }

    private T[] Many<T>(int most, Func<T> one)
    {
        var all = new T[_random.Below(most + 1)];
        for (var i = 0; i < all.Length; i++) all[i] = one();
        return all;
    }
}
