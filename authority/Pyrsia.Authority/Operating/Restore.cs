using System.Globalization;
using Pyrsia.Authority.Cluster;
using Pyrsia.Authority.Keys;
using Pyrsia.Authority.Log;
using Pyrsia.Authority.Storage;
using Pyrsia.Consensus;
using Pyrsia.Contracts;
using Pyrsia.Keys;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Notes;
using Pyrsia.Provenance.Verification;

namespace Pyrsia.Authority.Operating;

/// <summary>Reads a backup into a target, and holds it against the network file: a digest in a file says only that nobody changed it by accident.</summary>
internal sealed class Restore(NetworkFile network, RestoreTarget target, BackupHeader header, KeySecrets secrets)
{
    /// <summary>Blocks that are made durable at once.</summary>
    private const int BlocksAtOnce = 256;

    private readonly List<byte[]> _blocks = [];
    private SetChain _sets = SetChain.Start(network.Genesis);
    private byte[]? _checkpoint;
    private byte[]? _signatures;
    private long _bundles;

    /// <summary>Takes an entry of the backup.</summary>
    /// <exception cref="InvalidDataException">It is not what its name says.</exception>
    internal void Take(string name, byte[] bytes)
    {
        var slash = name.LastIndexOf('/') + 1;
        var (folder, file) = (name[..slash], name[slash..]);
        switch (folder)
        {
            case BackupNames.Keys:
                target.PutKey(name, bytes);
                break;
            case BackupNames.Builds:
                target.Signed.Change(file, null, bytes);
                break;
            case BackupNames.Evidence:
                target.Evidence.Change(file, null, bytes);
                break;
            case BackupNames.Payloads:
                if (Digest.Of(bytes).Hex != file) throw new InvalidDataException($"its payload {file} has another digest");
                target.Log.PutPayload(bytes);
                break;
            case BackupNames.Bundles:
                TakeBundle(file, bytes);
                break;
            case BackupNames.Sets:
                TakeSet(file, bytes);
                break;
            case BackupNames.Blocks:
                _blocks.Add(bytes);
                if (_blocks.Count == BlocksAtOnce) ImportBlocks();
                break;
            default:
                TakeSingle(name, bytes);
                break;
        }
    }

    /// <summary>Ends the reading, and checks keys, log and checkpoint.</summary>
    /// <exception cref="InvalidDataException">They are not this authority's, or not of this network's log.</exception>
    internal void Finish()
    {
        ImportBlocks();
        using var keys = AuthorityKeys.Load(target.Path, secrets);
        var place = AuthorityPlace.Find(network.Genesis, keys);
        if (place.Member.Name != header.Authority) throw new InvalidDataException($"it says that it is of {header.Authority}, but has the keys of {place.Member.Name}");
        if (target.Log.Size != header.LogSize || target.Log.Root.ToString() != header.LogRoot) throw new InvalidDataException("the entries of its log do not lead to the root that it names");
        if (target.Blocks.Height != header.Height) throw new InvalidDataException($"it has {target.Blocks.Height} blocks, not {header.Height}");
        if (_checkpoint is null) return;
        if (!SignedCheckpoint.TryParse(_checkpoint, out var checkpoint, out var error)) throw new InvalidDataException($"its checkpoint is malformed: {error}");
        if (_sets.For(checkpoint) is null) throw new InvalidDataException($"its checkpoint is not what a quorum has signed: {_sets.Check(checkpoint, out _)}");
        target.Log.Publish(checkpoint, _checkpoint, _signatures);
    }

    /// <summary>Checks every block, every entry's signature and every leaf.</summary>
    /// <exception cref="ConsensusDataException">Something is not what the authorities agreed on.</exception>
    internal void Verify()
    {
        var (genesis, chainId) = (network.Genesis, AuthorityStorage.ChainOf(network));
        using var stored = target.Log.ReadLeaves(0).GetEnumerator();
        long next = 0;
        var ledger = BlockReplay.Run(new LedgerApplication(genesis, target.Log.ReadPayload), target.Blocks, state =>
        {
            foreach (var leaf in state.Leaves)
            {
                if (!stored.MoveNext()) return; // the log may lag behind the blocks, and catches up at the next start
                if (!leaf.Span.SequenceEqual(stored.Current.Span)) throw new ConsensusDataException($"entry {next} of the log is not the one that the blocks hold");
                next++;
            }
        });
        var sets = ledger.Ledger.Sets.Select(set => (set.Members.Length, (IVerifier)new Ed25519VoteVerifier([.. set.Members.Select(a => a.VoteKey)]))).ToArray();
        FinalizedChain.Check(target.Blocks, chainId, sets);
        if (stored.MoveNext()) throw new ConsensusDataException($"entry {next} of the log is in no block");
    }

    private void TakeSingle(string name, byte[] bytes)
    {
        switch (name)
        {
            case BackupNames.Identity:
                target.PutKey(name, bytes);
                break;
            case BackupNames.Checkpoint:
                _checkpoint = bytes;
                break;
            case BackupNames.Signatures:
                _signatures = bytes;
                break;
            default:
                throw new InvalidDataException($"its entry '{name}' stands in a wrong place");
        }
    }

    private void TakeSet(string epoch, byte[] bytes)
    {
        if (epoch != (_sets.Newest.Epoch + 1).ToString(CultureInfo.InvariantCulture)) throw new InvalidDataException($"what leads to the authorities of epoch {epoch} stands in a wrong place");
        if (!SetLink.TryParse(bytes, out var link, out var error) || !_sets.TryAdd(link, out var longer, out error)) throw new InvalidDataException($"it does not prove its authorities: {error}");
        target.Log.PutSetLink(longer.Newest.Epoch, bytes);
        _sets = longer;
    }

    private void TakeBundle(string number, byte[] bytes)
    {
        if (number != _bundles.ToString(CultureInfo.InvariantCulture)) throw new InvalidDataException($"bundle {number} of its log stands where bundle {_bundles} should");
        var width = (int)Math.Min(TilePath.FullWidth, header.LogSize - (_bundles++ * TilePath.FullWidth));
        if (!EntryBundle.TryDecode(bytes, width, out var leaves) || leaves.Any(leaf => leaf.IsEmpty)) throw new InvalidDataException($"bundle {number} of its log is malformed");
        target.Log.Append(leaves);
    }

    private void ImportBlocks()
    {
        target.Blocks.Import(_blocks);
        _blocks.Clear();
    }
}
