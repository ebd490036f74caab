using System.Runtime.InteropServices;

namespace Pyrsia.Curve25519;

/// <summary>The few functions and numbers of PKCS#11 2.40 and 3.0 that signing needs, called in a token's module.</summary>
/// <remarks>A module is loaded and initialized once a process, and stays: its state is the process's, and others may use it too.</remarks>
/// <seealso href="https://docs.oasis-open.org/pkcs11/pkcs11-spec/v3.0/os/pkcs11-spec-v3.0-os.html"/>
internal sealed unsafe class Pkcs11
{
    internal const nuint PrivateKeys = 3, PublicKeys = 2;
    internal const nuint EcKeys = 3, EdwardsKeys = 0x40;
    internal const nuint Ecdsa = 0x1041, EdDsa = 0x1057;

    private const nuint ClassAttribute = 0, LabelAttribute = 3, KeyTypeAttribute = 0x100, IdAttribute = 0x102, EcPointAttribute = 0x181;
    private const nuint Ok = 0, PinIncorrect = 0xa0, PinLocked = 0xa4, AlreadyLoggedIn = 0x100, AlreadyInitialized = 0x191;
    private const nuint SerialSession = 4, LockingByTheSystem = 2, User = 1;

    /// <summary>Slots that are looked through; a machine has a few.</summary>
    private const int MaxSlots = 256;

    /// <summary>CK_TOKEN_INFO takes 208 bytes with 64-bit numbers: label at 0 (32), serial number at 80 (16).</summary>
    private const int TokenInfoLength = 256, LabelLength = 32, SerialAt = 80, SerialLength = 16;

    /// <summary>Longest public point that is read, in bytes: an uncompressed one of P-256 takes 67.</summary>
    private const int MaxPointLength = 256;

    private static readonly Lock Loading = new();
    private static readonly Dictionary<string, Pkcs11> Loaded = new(StringComparer.Ordinal);

    private readonly nint* _functions;

    private Pkcs11(nint* functions) => _functions = functions;

    /// <summary>Loads and initializes a module.</summary>
    /// <exception cref="KeyFileException">It cannot be loaded, or does not work.</exception>
    internal static Pkcs11 Load(string path)
    {
        lock (Loading)
        {
            if (Loaded.TryGetValue(path, out var loaded)) return loaded;
            if (!NativeLibrary.TryLoad(path, out var library) || !NativeLibrary.TryGetExport(library, "C_GetFunctionList", out var export))
                throw new KeyFileException($"{path} cannot be loaded as a PKCS#11 module", "Name the token's module with module-path=; in Debian that of softhsm2 is /usr/lib/softhsm/libsofthsm2.so.");
            byte* list;
            Check(((delegate* unmanaged<byte**, nuint>)export)(&list), "C_GetFunctionList");
            // CK_FUNCTION_LIST: two bytes of version, then pointers at their natural alignment.
            var module = new Pkcs11((nint*)(list + sizeof(nint)));
            var arguments = new InitializeArguments { Flags = LockingByTheSystem };
            var result = ((delegate* unmanaged<InitializeArguments*, nuint>)module._functions[0])(&arguments);
            if (result != AlreadyInitialized) Check(result, "C_Initialize");
            Loaded.Add(path, module);
            return module;
        }
    }

    /// <summary>Opens a session with the token that a URI names, and logs in.</summary>
    /// <exception cref="KeyFileException">There is no such token, or the PIN is wrong.</exception>
    internal nuint OpenSession(TokenUri uri, string? pin)
    {
        nuint session;
        Check(((delegate* unmanaged<nuint, nuint, nint, nint, nuint*, nuint>)_functions[12])(FindSlot(uri), SerialSession, 0, 0, &session), "C_OpenSession");
        try
        {
            if (pin is not null) Login(session, System.Text.Encoding.UTF8.GetBytes(pin));
            return session;
        }
        catch
        {
            CloseSession(session);
            throw;
        }
    }

    internal void CloseSession(nuint session) => ((delegate* unmanaged<nuint, nuint>)_functions[13])(session);

    /// <summary>Finds the only object of a kind that a URI names.</summary>
    /// <exception cref="KeyFileException">There is none, or there are several.</exception>
    internal nuint Find(nuint session, TokenUri uri, nuint kind, nuint keyType)
    {
        fixed (byte* label = uri.Label, id = uri.Id)
        {
            Span<Attribute> template = stackalloc Attribute[4];
            var count = 2;
            template[0] = new Attribute { Type = ClassAttribute, Value = (byte*)&kind, Length = (nuint)sizeof(nuint) };
            template[1] = new Attribute { Type = KeyTypeAttribute, Value = (byte*)&keyType, Length = (nuint)sizeof(nuint) };
            if (uri.Label is { } l) template[count++] = new Attribute { Type = LabelAttribute, Value = label, Length = (nuint)l.Length };
            if (uri.Id is { } i) template[count++] = new Attribute { Type = IdAttribute, Value = id, Length = (nuint)i.Length };
            Span<nuint> found = stackalloc nuint[2];
            nuint length;
            fixed (Attribute* start = template) Check(((delegate* unmanaged<nuint, Attribute*, nuint, nuint>)_functions[26])(session, start, (nuint)count), "C_FindObjectsInit");
            fixed (nuint* objects = found) Check(((delegate* unmanaged<nuint, nuint*, nuint, nuint*, nuint>)_functions[27])(session, objects, 2, &length), "C_FindObjects");
            Check(((delegate* unmanaged<nuint, nuint>)_functions[28])(session), "C_FindObjectsFinal");
            if (length == 1) return found[0];
            var what = (kind == PrivateKeys ? "private" : "public") + (keyType == EdwardsKeys ? " Ed25519" : " EC") + " key";
            throw length == 0
                ? new KeyFileException($"the token has no {what} that is {uri}", "Look what it holds, for example with: pkcs11-tool --list-objects --login. Private keys want the PIN: set PYRSIA_TOKEN_PIN.")
                : new KeyFileException($"the token has several {what}s that are {uri}", "Name one by object= and id=.");
        }
    }

    /// <summary>The public point of a key, as the token has it.</summary>
    internal byte[] ReadPoint(nuint session, nuint key)
    {
        var bytes = new byte[MaxPointLength];
        fixed (byte* start = bytes)
        {
            var attribute = new Attribute { Type = EcPointAttribute, Value = start, Length = MaxPointLength };
            Check(((delegate* unmanaged<nuint, nuint, Attribute*, nuint, nuint>)_functions[24])(session, key, &attribute, 1), "C_GetAttributeValue");
            return attribute.Length <= MaxPointLength ? bytes[..(int)attribute.Length] : throw new KeyFileException("the token does not give out the public key", "Store it beside the private one.");
        }
    }

    /// <summary>Signs; the signature must have exactly the length of <paramref name="signature"/>.</summary>
    /// <exception cref="KeyFileException">The token refuses.</exception>
    internal void Sign(nuint session, nuint key, nuint mechanism, ReadOnlySpan<byte> message, Span<byte> signature)
    {
        var kind = new Mechanism { Kind = mechanism };
        Check(((delegate* unmanaged<nuint, Mechanism*, nuint, nuint>)_functions[42])(session, &kind, key), "C_SignInit");
        var length = (nuint)signature.Length;
        fixed (byte* source = message, destination = signature)
            Check(((delegate* unmanaged<nuint, byte*, nuint, byte*, nuint*, nuint>)_functions[43])(session, source, (nuint)message.Length, destination, &length), "C_Sign");
        if (length != (nuint)signature.Length) throw new KeyFileException($"the token gives a signature of {length} bytes, not {signature.Length}", "Use a key of the right kind.");
    }

    private void Login(nuint session, byte[] pin)
    {
        fixed (byte* start = pin)
        {
            var result = ((delegate* unmanaged<nuint, nuint, byte*, nuint, nuint>)_functions[18])(session, User, start, (nuint)pin.Length);
            if (result is PinIncorrect) throw new KeyFileException("the token refuses the PIN", "Correct PYRSIA_TOKEN_PIN or the file that --token-pin names; a token locks itself after some wrong ones.");
            if (result is PinLocked) throw new KeyFileException("the token's PIN is locked after wrong ones", "Its security officer can set a new one.");
            if (result != AlreadyLoggedIn) Check(result, "C_Login");
        }
    }

    private nuint FindSlot(TokenUri uri)
    {
        Span<nuint> slots = stackalloc nuint[MaxSlots];
        nuint count = MaxSlots;
        fixed (nuint* start = slots) Check(((delegate* unmanaged<byte, nuint*, nuint*, nuint>)_functions[4])(1, start, &count), "C_GetSlotList");
        Span<byte> info = stackalloc byte[TokenInfoLength];
        foreach (var slot in slots[..(int)count])
        {
            fixed (byte* start = info)
                if (((delegate* unmanaged<nuint, byte*, nuint>)_functions[6])(slot, start) != Ok) continue;
            if (uri.IsToken(info[..LabelLength], info.Slice(SerialAt, SerialLength))) return slot;
        }
        throw new KeyFileException($"there is no token that is {uri}", "See that it is plugged in, and which there are, for example with: pkcs11-tool --list-token-slots");
    }

    private static void Check(nuint result, string function)
    {
        if (result != Ok) throw new KeyFileException($"the token answers {function} with CKR 0x{result:x}", "The module's documentation tells what that means; see that the token is plugged in and the PIN is given.");
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct InitializeArguments
    {
        internal nint CreateMutex;
        internal nint DestroyMutex;
        internal nint LockMutex;
        internal nint UnlockMutex;
        internal nuint Flags;
        internal nint Reserved;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Attribute
    {
        internal nuint Type;
        internal byte* Value;
        internal nuint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Mechanism
    {
        internal nuint Kind;
        internal nint Parameter;
        internal nuint ParameterLength;
    }
}
