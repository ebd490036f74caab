using System.Runtime.InteropServices;
using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;

namespace Pyrsia.Keys;

/// <summary>The modules of tokens: each is loaded and initialized once a process, and stays, since its state is the process's.</summary>
internal static class TokenModules
{
    /// <summary>Kinds of keys and mechanisms by number: those of PKCS#11 3.0 have no name in the library.</summary>
    internal const ulong EcKeys = (ulong)CKK.CKK_EC, EdwardsKeys = 0x40;
    internal const ulong Ecdsa = (ulong)CKM.CKM_ECDSA, EdDsa = 0x1057;

    private static readonly Pkcs11InteropFactories Factories = new();
    private static readonly Lock Loading = new();
    private static readonly Dictionary<string, IPkcs11Library> Loaded = new(StringComparer.Ordinal);

    /// <summary>The library calls libdl by the name that only a machine with compilers has.</summary>
    static TokenModules() => NativeLibrary.SetDllImportResolver(
        typeof(Pkcs11InteropFactories).Assembly, static (name, _, _) => name == "libdl" && NativeLibrary.TryLoad("libdl.so.2", out var library) ? library : 0);

    /// <summary>Loads a module, or gives the one that is loaded.</summary>
    /// <exception cref="KeyFileException">It cannot be loaded, or does not work.</exception>
    internal static IPkcs11Library Load(string path)
    {
        lock (Loading)
        {
            if (Loaded.TryGetValue(path, out var loaded)) return loaded;
            try
            {
                return Loaded[path] = Factories.Pkcs11LibraryFactory.LoadPkcs11Library(Factories, path, AppType.MultiThreaded);
            }
            catch (Exception e) when (e is UnmanagedException or LibraryArchitectureException or Pkcs11Exception)
            {
                throw new KeyFileException($"{path} cannot be loaded as a PKCS#11 module: {e.Message}", "Name the token's module with module-path=; in Debian that of softhsm2 is /usr/lib/softhsm/libsofthsm2.so.", e);
            }
        }
    }
}
