using Pyrsia.Contracts;
using Xunit;

namespace Pyrsia.Tests.Contracts;

public sealed class DurableFileTests
{
    [Fact]
    public void A_file_is_replaced_whole_and_keeps_the_permissions_asked_for()
    {
        var directory = Directory.CreateTempSubdirectory("pyrsia-");
        try
        {
            var path = Path.Combine(directory.FullName, "secret");
            DurableFile.Write(path, "one"u8, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            DurableFile.Write(path, "two"u8, UnixFileMode.UserRead | UnixFileMode.UserWrite);

            Assert.Equal("two", File.ReadAllText(path));
            Assert.Equal([path], Directory.GetFiles(directory.FullName));
            if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
