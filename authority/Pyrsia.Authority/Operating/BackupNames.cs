using System.Text.RegularExpressions;
using Pyrsia.Consensus;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Provenance.Verification;

namespace Pyrsia.Authority.Operating;

/// <summary>
/// The entries of a backup, a tar of regular files in this order:
/// <code>
/// backup.json                      whose it is and where it stands
/// identity.key  keys/NAME          the keys as they are in the data directory; not the bindings of vote keys, and no journal
/// builds/NAME  evidence/NAME       what the builder signed for open requests; proof that others lied
/// log/payload/HEX  log/entries/N   bundles of up to 256 entries from the first, each after the payloads that it names
/// log/sets/N                       what leads to the authorities of epoch N, from 1 on
/// log/checkpoint  log/signatures   the newest checkpoint
/// blocks/HEIGHT                    final blocks from the first
/// digest                           SHA-256, in hexadecimal, over name, 0, length (u64be) and bytes of every entry before
/// </code>
/// </summary>
internal static partial class BackupNames
{
    internal const string Header = "backup.json";
    internal const string Identity = "identity.key";
    internal const string Keys = "keys/";
    internal const string Builds = "builds/";
    internal const string Evidence = "evidence/";
    internal const string Payloads = "log/payload/";
    internal const string Bundles = "log/entries/";
    internal const string Sets = "log/sets/";
    internal const string Checkpoint = "log/checkpoint";
    internal const string Signatures = "log/signatures";
    internal const string Blocks = "blocks/";
    internal const string Digest = "digest";

    /// <summary>Keys, notes and the header are small: 1 MiB is many times what they take.</summary>
    private const int MaxSmallBytes = 1024 * 1024;

    /// <summary>The longest that an entry of a name may be, in bytes; null for a name that no entry has.</summary>
    internal static int? MaxLength(string name)
    {
        if (name is Header or Identity or Checkpoint or Signatures or Digest) return MaxSmallBytes;
        var slash = name.LastIndexOf('/') + 1;
        if (!FileName().IsMatch(name[slash..])) return null;
        return name[..slash] switch
        {
            Keys => MaxSmallBytes,
            Builds or Evidence => ConsensusLimits.MaxMessageBytes,
            Payloads => EntryLimits.MaxPayloadBytes,
            Bundles => EntryBundle.MaxBytes,
            Sets => SetLink.MaxBytes,
            Blocks => ConsensusLimits.MaxMessageBytes,
            _ => null,
        };
    }

    /// <summary>No name that leads out of its folder, or hides in it.</summary>
    [GeneratedRegex(@"\A[^./\\\p{C}][^/\\\p{C}]{0,199}\z")]
    private static partial Regex FileName();
}
