using System.CommandLine;
using System.Globalization;
using Pyrsia.Authority.Storage;
using Pyrsia.Consensus;
using Pyrsia.Node.Hosting;

namespace Pyrsia.Authority.Operating;

/// <summary><c>pyrsia-authority backup</c>: writes everything that a stopped authority keeps, but its journal, into one file.</summary>
internal static class BackupCommand
{
    internal static Command Create(OptionSource source, TimeProvider time)
    {
        var (options, storage) = (new NodeCommandLine(source, "pyrsia-authority", tokens: true), new StorageCommandLine(source));
        var target = new Argument<string>("FILE|DIR") { Description = "The file to write, which must not be there; or a directory, in which it gets a name with the authority, the height and the time." };
        var command = new Command("backup", "Write keys, log and blocks of a stopped authority into one file. It holds private keys: keep it as you keep those.") { target };
        options.AddTo(command);
        storage.AddTo(command);
        command.SetAction(result =>
        {
            using var authority = StoppedAuthority.Open(options.Read(result), storage.Read(result), time);
            var path = Path.GetFullPath(result.GetValue(target)!);
            if (Directory.Exists(path))
                path = Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"{authority.Place.Member.Name}-{authority.Blocks?.Height ?? 0}-{time.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}.pyrsia-backup"));
            try
            {
                var digest = Backup.Write(authority, path, time.GetUtcNow());
                Console.Out.WriteLine($"Wrote {path}: {authority.Blocks?.Height ?? 0} blocks, {authority.Log.Size} entries of the log, digest {digest}.");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ConsensusDataException)
            {
                throw new StartupException($"No backup was written: {e.Message}", "Mend this and run it again.", inner: e);
            }
        });
        return command;
    }
}
