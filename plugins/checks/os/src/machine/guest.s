# A guest of 512 bytes: enters 64-bit mode, asks the processor which hypervisor it has, works out a number, writes both to the first
# serial line and ends the emulator. guest.bin is made from it by
#   as guest.s -o guest.o && ld --oformat binary -Ttext 0x7c00 -o guest.bin guest.o
.code16
.globl _start
_start: jmp begin
        nop
        nop
seed:   .long 0                         # set by the check
begin:  cli
        xorw %ax, %ax
        movw %ax, %ds
        movw %ax, %es
        movw %ax, %ss
        movw $0x7c00, %sp
        movw $0x1000, %di               # page tables: the first 2 MiB onto themselves
        movw $0x1800, %cx
        rep stosw
        movw $0x2003, 0x1000
        movw $0x3003, 0x2000
        movw $0x0083, 0x3000
        movl $0x1000, %eax
        movl %eax, %cr3
        movl %cr4, %eax
        orl $0x20, %eax
        movl %eax, %cr4
        movl $0xc0000080, %ecx
        rdmsr
        orl $0x100, %eax
        wrmsr
        lgdt table
        movl %cr0, %eax
        orl $0x80000001, %eax
        movl %eax, %cr0
        ljmp $8, $long
.code64
long:   movw $16, %ax
        movw %ax, %ds
        movw %ax, %es
        movw %ax, %ss
        movq $0x7c00, %rsp
        movl $0x40000000, %eax
        cpuid
        movl %ebx, 0x6000
        movl %ecx, 0x6004
        movl %edx, 0x6008
        movq $0x6000, %rsi
        movl $12, %ecx
name:   lodsb
        testb %al, %al
        jz next
        call put
next:   decl %ecx
        jnz name
        movb $' ', %al
        call put
        movl seed, %ebx                 # ((seed | 2^32) * 0x9e3779b97f4a7c15) ^ 0x0123456789abcdef
        btsq $32, %rbx
        movabsq $0x9e3779b97f4a7c15, %rax
        imulq %rax, %rbx
        movabsq $0x0123456789abcdef, %rax
        xorq %rax, %rbx
        movl $16, %ecx
digit:  rolq $4, %rbx
        movl %ebx, %eax
        andl $15, %eax
        addb $'0', %al
        cmpb $'9', %al
        jbe print
        addb $('a' - '0' - 10), %al
print:  call put
        decl %ecx
        jnz digit
        movb $'\n', %al
        call put
        movw $0xf4, %dx
        movb $1, %al
        outb %al, %dx
stop:   hlt
        jmp stop
put:    movw $0x3fd, %dx
        pushq %rax
wait:   inb %dx, %al
        testb $0x20, %al
        jz wait
        popq %rax
        movw $0x3f8, %dx
        outb %al, %dx
        ret
.balign 8
gdt:    .quad 0
        .quad 0x00209a0000000000
        .quad 0x0000920000000000
table:  .word table - gdt - 1
        .long gdt
.org 510
        .word 0xaa55
